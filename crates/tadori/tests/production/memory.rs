//! What a process has in its memory and in its hands, as Linux tells in `/proc`.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// The process's writable memory: heap, stacks, everything that isn't the program's own text.
///
/// # Errors
/// Who runs the test mayn't look.
pub fn written(process: u32) -> std::io::Result<Vec<Vec<u8>>> {
    let memory = File::open(format!("/proc/{process}/mem"))?;
    let mut regions = Vec::new();
    for line in fs::read_to_string(format!("/proc/{process}/maps"))?.lines() {
        let mut words = line.split_whitespace();
        let (Some(range), Some(rights)) = (words.next(), words.next()) else { continue };
        if !rights.starts_with("rw") {
            continue;
        }
        let (start, end) = range.split_once('-').unwrap();
        let (start, end) = (u64::from_str_radix(start, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        match memory.read_exact_at(&mut bytes, start) {
            Ok(()) => regions.push(bytes),
            // Unmapped since; nothing is there any more.
            Err(error) if error.raw_os_error() == Some(5) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(regions)
}

/// Whether these bytes stand anywhere in it.
pub fn holds(regions: &[Vec<u8>], needle: &[u8]) -> bool {
    assert!(needle.len() >= 8, "shorter ones are found by chance");
    regions.iter().any(|region| memchr::memmem::find(region, needle).is_some())
}

/// The files that the process has open or mapped.
pub fn files(process: u32) -> BTreeSet<PathBuf> {
    let open = fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let open = open.filter_map(|entry| fs::read_link(entry.ok()?.path()).ok());
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let mapped = maps.lines().filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..])));
    open.chain(mapped).collect()
}

/// Its arguments and environment.
pub fn start(process: u32) -> Vec<u8> {
    let read = |name: &str| fs::read(format!("/proc/{process}/{name}")).unwrap();
    [read("cmdline"), read("environ")].concat()
}

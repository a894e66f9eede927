//! A disk that is full, as SQLite's writer meets it: PostgreSQL's server has its own.

use std::collections::BTreeSet;
use std::io::BufReader;

use crate::killed::{another_process, check, read_lines, said};
use crate::samples::{check_in, day, store_all};
use crate::stores::Stores;

/// A disk that can't take more, played by the shell's limit on the size of files: the writer says no,
/// everything acknowledged is there, nothing refused is, and with room again the refused are taken.
#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let stores = Stores::with_days([day(0)]).await;
    // Without the trap the limit would end the process instead of failing the write.
    let limit = ["sh", "-c", "trap '' XFSZ; ulimit -f 600; exec \"$@\"", "sh"];
    let mut child = another_process(&stores, 0, &limit).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let lines = read_lines(&mut output, usize::MAX);
    assert!(child.wait().unwrap().success(), "it went on until each visitor was refused");
    let (stored, refused) = (said("stored", &lines), said("refused", &lines));
    assert!(stored.len() > 100 && refused.len() == 32, "{} stored, {} refused", stored.len(), refused.len());
    check(&stores, &stored, &refused).await;

    store_all(&stores.intake, refused.iter().map(|form| check_in(day(0), 1, *form))).await;
    check(&stores, &stored.union(&refused).copied().collect(), &BTreeSet::new()).await;
}

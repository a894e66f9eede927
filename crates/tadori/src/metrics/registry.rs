//! Where counts are kept, and how they are written for Prometheus.
//!
//! The facade of the `metrics` crate, kept in two maps: we count a few dozen things, and need neither an exporter's
//! histograms nor its server.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, OnceLock};

use metrics::atomics::AtomicU64;
use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};

/// Every figure of this process. Clones are the same.
#[derive(Clone, Default)]
pub struct Registry(Arc<Figures>);

#[derive(Default)]
struct Figures {
    counters: Mutex<HashMap<Key, Arc<AtomicU64>>>,
    gauges: Mutex<HashMap<Key, Arc<AtomicU64>>>,
}

impl Registry {
    /// The process's registry; from the first call on things are counted.
    pub fn install() -> Self {
        static OWN: OnceLock<Registry> = OnceLock::new();
        OWN.get_or_init(|| {
            let registry = Self::default();
            let _ = metrics::set_global_recorder(registry.clone());
            registry
        })
        .clone()
    }

    /// Everything, in Prometheus' text form, in the order of the names.
    pub fn text(&self) -> String {
        let mut lines: BTreeMap<String, (&str, Vec<String>)> = BTreeMap::new();
        let mut add = |key: &Key, kind: &'static str, value: String| {
            let of_name = lines.entry(key.name().to_owned()).or_insert_with(|| (kind, Vec::new()));
            of_name.1.push(format!("{}{} {value}", key.name(), labels(key)));
        };
        if let Ok(counters) = self.0.counters.lock() {
            for (key, value) in &*counters {
                add(key, "counter", value.load(Ordering::Acquire).to_string());
            }
        }
        if let Ok(gauges) = self.0.gauges.lock() {
            for (key, value) in &*gauges {
                add(key, "gauge", f64::from_bits(value.load(Ordering::Acquire)).to_string());
            }
        }
        let mut text = String::new();
        for (name, (kind, mut own)) in lines {
            own.sort();
            let _ = writeln!(text, "# TYPE {name} {kind}");
            for line in own {
                let _ = writeln!(text, "{line}");
            }
        }
        text
    }
}

fn labels(key: &Key) -> String {
    let pairs: Vec<String> = key
        .labels()
        .map(|label| {
            let value = label.value().replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            format!("{}=\"{value}\"", label.key())
        })
        .collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

fn of(map: &Mutex<HashMap<Key, Arc<AtomicU64>>>, key: &Key) -> Option<Arc<AtomicU64>> {
    let mut known = map.lock().ok()?;
    if let Some(value) = known.get(key) {
        return Some(Arc::clone(value));
    }
    Some(Arc::clone(known.entry(key.clone()).or_default()))
}

impl Recorder for Registry {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        of(&self.0.counters, key).map_or_else(Counter::noop, Counter::from_arc)
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        of(&self.0.gauges, key).map_or_else(Gauge::noop, Gauge::from_arc)
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_written_as_prometheus_reads_it() {
        let registry = Registry::default();
        metrics::with_local_recorder(&registry, || {
            metrics::counter!("b_total", "why" => "too \"many\"").increment(2);
            metrics::counter!("b_total", "why" => "other").increment(1);
            metrics::gauge!("a_seconds").set(1.5);
            metrics::gauge!("a_seconds").set(0.5);
        });
        let text = "# TYPE a_seconds gauge\na_seconds 0.5\n# TYPE b_total counter\nb_total{why=\"other\"} 1\n\
                    b_total{why=\"too \\\"many\\\"\"} 2\n";
        assert_eq!(registry.text(), text);
    }
}

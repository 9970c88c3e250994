//! How figures are printed: for a person, or as a JSON object in each line.

use std::thread;
use std::time::Duration;

use serde_json::json;

/// Prints each figure when it is known.
pub(crate) struct Figures {
    json: bool,
}

impl Figures {
    pub(crate) fn new(json: bool) -> Self {
        let cores = thread::available_parallelism().unwrap().get();
        let figures = Self { json };
        figures.value("cores", "", cores as f64);
        figures
    }

    /// One number.
    pub(crate) fn value(&self, what: &str, unit: &str, value: f64) {
        if self.json {
            println!("{}", json!({ "what": what, "unit": unit, "value": value }));
        } else {
            let digits = if value.abs() < 10.0 { 3 } else { 1 };
            println!("{what}: {value:.digits$} {unit}");
        }
    }

    /// Many times of the same.
    pub(crate) fn times(&self, what: &str, mut times: Vec<Duration>) {
        times.sort();
        let at = |percent: usize| times[(times.len() - 1) * percent / 100].as_secs_f64() * 1e3;
        let (median, p99, worst) = (at(50), at(99), at(100));
        if self.json {
            let object = json!({
                "what": what, "unit": "ms", "value": median, "p99": p99, "worst": worst, "of": times.len(),
            });
            println!("{object}");
        } else {
            println!("{what}: median {median:.2} ms, 99th percentile {p99:.2} ms, worst {worst:.2} ms");
        }
    }
}

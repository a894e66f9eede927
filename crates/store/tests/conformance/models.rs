//! What every comparison with a plain model shares: steps at random, a walk that does each to the store and to the
//! model, and answers that must be the same.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

use crate::stores::WALKS;

/// How long each is; how many, the engine says.
const STEPS: std::ops::Range<usize> = 10..60;

/// What a walk ends with.
pub type Walked = Result<(), TestCaseError>;

/// Goes through several walks of steps; one that fails is made shorter as long as it fails.
#[track_caller]
pub fn walked<S: std::fmt::Debug>(step: impl Strategy<Value = S>, walk: impl AsyncFn(Vec<S>) -> Walked) {
    let config =
        Config { cases: WALKS, failure_persistence: None, max_shrink_iters: 200, ..Config::default() };
    let ended = TestRunner::new(config).run(&vec(step, STEPS), |steps| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(walk(steps))
    });
    if let Err(failed) = ended {
        panic!("{failed}");
    }
}

/// The store's answer is the model's, to the last field.
macro_rules! same {
    ($store:expr, $model:expr) => {{
        let (store, model) = (format!("{:?}", $store), format!("{:?}", $model));
        proptest::prop_assert_eq!(store, model, "store (left) and model (right): {}", stringify!($store));
    }};
}

pub(crate) use same;

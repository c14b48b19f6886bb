//! What is known to be damaged of what is stored, as readiness tells it.
//!
//! Never here: how it is found, or what is done about it.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

/// Asks the store what of it is damaged, each time anew; a store without files has nothing to tell.
#[derive(Clone, Default)]
pub struct Damage(Option<Arc<Ask>>);

type Ask = dyn Fn() -> Vec<DamagedBlock> + Send + Sync;

/// A block whose entries should be readable and are not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct DamagedBlock {
    /// The file in the data directory.
    #[schema(example = "00000007.segment")]
    pub file: String,
    /// Where the block begins in it, in bytes.
    pub at: u64,
}

impl Damage {
    /// What `ask` answers.
    pub fn asked_of(ask: impl Fn() -> Vec<DamagedBlock> + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(ask)))
    }

    /// What is damaged now.
    pub fn now(&self) -> Vec<DamagedBlock> {
        self.0.as_ref().map_or_else(Vec::new, |ask| ask())
    }
}

impl fmt::Debug for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Damage").field(&self.0.is_some()).finish()
    }
}

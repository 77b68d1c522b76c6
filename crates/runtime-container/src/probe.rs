//! What the host can do, for `toft doctor`.

use toft_effects::Door;
use toft_runtime::Check;

use crate::paths::Paths;

pub(crate) async fn checks(_door: &Door, _paths: &Paths) -> Vec<Check> {
    Vec::new()
}

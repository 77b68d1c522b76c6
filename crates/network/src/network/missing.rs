//! Which of our tables are gone, by what the kernel tells of all tables of the host. Others change
//! theirs as often as they like: that is not worth a look at ours.

use std::collections::BTreeSet;

use toft_effects::nft::TableChange;

use crate::plan::Plan;

/// Our tables that were removed and did not come back.
#[derive(Debug)]
pub(super) struct Missing {
    name: String,
    families: BTreeSet<u8>,
    untold: bool,
}

// === impl Missing ===

impl Missing {
    /// None of this plan's so far.
    pub(super) fn of(plan: &Plan) -> Self {
        Self {
            name: plan.table(),
            families: BTreeSet::new(),
            untold: false,
        }
    }

    /// Takes in what happened next.
    pub(super) fn hear(&mut self, changes: Vec<TableChange>) {
        for change in changes {
            match change {
                TableChange::Removed((family, name)) if name == self.name => {
                    self.families.insert(family);
                }
                TableChange::Made((family, name)) if name == self.name => {
                    self.families.remove(&family);
                }
                TableChange::Untold => self.untold = true,
                TableChange::Removed(_) | TableChange::Made(_) => {}
            }
        }
    }

    /// Whether one is, or may be.
    pub(super) fn any(&self) -> bool {
        self.untold || !self.families.is_empty()
    }
}

#[cfg(test)]
mod tests;

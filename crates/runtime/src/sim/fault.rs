//! Where and how a simulated call goes wrong.

use crate::spec::SandboxId;

/// A call of the trait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// [`crate::Runtime::list`].
    List,
    /// [`crate::Runtime::inspect`].
    Inspect,
    /// [`crate::Runtime::create`].
    Create,
    /// [`crate::Runtime::start`].
    Start,
    /// [`crate::Runtime::resize`].
    Resize,
    /// [`crate::Runtime::stop`].
    Stop,
    /// [`crate::Runtime::remove`].
    Remove,
    /// [`crate::Runtime::connect`].
    Connect,
    /// [`crate::Runtime::usage`].
    Usage,
}

/// Where in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Nothing has happened yet.
    Before,
    /// Half of it has happened.
    Midway,
    /// All of it has happened, and the caller does not learn of it.
    After,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The call returns an error that may go away.
    Error,
    /// The call never returns: its caller is as good as killed.
    Die,
}

/// One fault that waits for its call.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fault {
    /// Any operation if absent.
    pub(super) operation: Option<Operation>,
    /// How many matching calls pass unharmed before it.
    pub(super) skip: usize,
    pub(super) when: When,
    pub(super) failure: Failure,
}

/// A call that was made, for assertions.
pub(super) type Call = (Operation, Option<SandboxId>);

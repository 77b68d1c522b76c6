//! What `toft agent` runs inside a workspace.

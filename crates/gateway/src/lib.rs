//! async-trait

//! A real Debian: `sudo`, `apt` and what else expects a machine of its own.

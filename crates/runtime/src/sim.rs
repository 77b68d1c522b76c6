//! A runtime in memory that provides image, volume and network itself.

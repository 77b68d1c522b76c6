//! hickory-proto

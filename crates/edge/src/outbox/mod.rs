//! What the lot said, kept until every platform has it.

//! What the lot's cameras push, as their makers have them push it, read into one form.

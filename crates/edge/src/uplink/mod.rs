//! Getting what is kept to one platform.

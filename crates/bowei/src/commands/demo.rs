pub(crate) struct Demo;

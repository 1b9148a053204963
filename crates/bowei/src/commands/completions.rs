//! `bowei completions`.

use super::Failure;
use clap::{Args, Command};
use clap_complete::Shell;

/// Prints what a shell needs to complete this command 输出命令行补全脚本.
#[derive(Args)]
#[command(after_help = "Example 示例:\n  bowei completions bash > /etc/bash_completion.d/bowei\n  \
    bowei completions zsh > ~/.zfunc/_bowei\n  bowei completions fish > ~/.config/fish/completions/bowei.fish")]
pub(crate) struct Completions {
    /// The shell 命令解释器
    shell: Shell,
}

impl Completions {
    /// Prints them for `command`.
    pub(crate) fn run(self, mut command: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "bowei", &mut script);
        super::print(String::from_utf8_lossy(&script).trim_end())
    }
}

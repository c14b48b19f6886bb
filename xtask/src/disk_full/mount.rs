//! The small disk: a mount namespace of its own, and what is mounted in it.
//!
//! Always: what is mounted is seen by this process and its children only, and gone with the last of them. As root a
//! namespace is enough; anyone else needs a user namespace too, which some machines do not allow.

use std::fs::File;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Runs this task again, as it was called, in a namespace in which it may mount.
pub fn again_in_a_namespace(binary: &Path) -> anyhow::Result<()> {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.args(["--user", "--map-root-user"]);
    }
    let status = command
        .arg(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .arg("--inside")
        .arg("--hence")
        .arg(binary)
        .status()
        .context("unshare did not start (Debian: apt-get install util-linux)")?;
    // Whatever is wrong was said by the one inside, or by unshare when it may not make a namespace.
    if status.success() { Ok(()) } else { Err(crate::Told.into()) }
}

/// Mounts a disk of `mib` MiB on an empty directory.
pub fn mount(on: &Path, mib: u32, ext4: bool) -> anyhow::Result<()> {
    if !ext4 {
        let size = format!("size={mib}m");
        return command("mount", &["-t", "tmpfs", "-o", &size, "tmpfs"], on).context(
            "no file system can be mounted here: run it as root, or where user namespaces are allowed",
        );
    }
    let image = on.with_extension("ext4");
    File::create(&image)?.set_len(u64::from(mib) << 20)?;
    command("mkfs.ext4", &["-q", "-F"], &image).context("Debian: apt-get install e2fsprogs")?;
    command("mount", &["-o", "loop", &image.to_string_lossy()], on)
        .context("an ext4 is mounted by root, where there are loop devices")
}

/// Takes it away.
pub fn unmount(from: &Path) -> anyhow::Result<()> {
    command("umount", &[], from)
}

fn command(program: &str, arguments: &[&str], last: &Path) -> anyhow::Result<()> {
    let status = Command::new(program).args(arguments).arg(last).status();
    let status = status.with_context(|| format!("{program} did not start"))?;
    ensure!(status.success(), "`{program} {} {}` ended with {status}", arguments.join(" "), last.display());
    Ok(())
}

//! Keeps the memory of the process off the disk: it holds codes, tokens and the key under which accounts are hashed.

use rustix::process::{Resource, Rlimit, setrlimit};

/// No core file is written from now on, even if the limit is raised again.
pub(crate) fn leave_no_core_file() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    if let Err(error) = setrlimit(Resource::Core, none) {
        tracing::warn!(%error, "a crash may leave a core file, with codes in it: set LimitCORE=0, or ulimit -c 0");
    }
    // A core handler that is a pipe gets no core either, and no other process of this user can read the memory.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        tracing::warn!(%error, "other processes of this user may read the memory of this one");
    }
}

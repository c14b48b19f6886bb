//! The journal's conformance suite on SlateDB: every case over local files, and every case over an S3 server.
//!
//! The second needs `HENCE_SPIKE_S3`, the address of a server with a bucket named `hence` (`run.sh` starts one), and fails
//! without it. Cases that need a journal of limited space do not apply, since an object store is never full.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hence_journal::conformance::{Opened, Replayed, Shape, Store};
use hence_spike_slatedb::{Options, open, stores};
use object_store::ObjectStore;

/// Journals on an object store, each at a path of its own.
struct OnSlate {
    store: Arc<dyn ObjectStore>,
    path: String,
    options: std::cell::Cell<Options>,
    _files: Option<tempfile::TempDir>,
}

fn on_files() -> OnSlate {
    let files = tempfile::tempdir().expect("a directory");
    let store = stores::local(files.path(), true).expect("a store of files");
    OnSlate { store, path: "journal".into(), options: Default::default(), _files: Some(files) }
}

fn on_s3() -> OnSlate {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    let endpoint = std::env::var("HENCE_SPIKE_S3").expect("HENCE_SPIKE_S3 names an S3 server: see run.sh");
    let store = stores::s3(&endpoint, "hence").expect("a store on S3");
    let path = format!("suite-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    OnSlate { store, path, options: Default::default(), _files: None }
}

impl OnSlate {
    fn open(&self) -> Option<Opened> {
        let mut replayed = Replayed::default();
        let opened = open(self.store.clone(), &self.path, self.options.get(), &mut replayed);
        let (journal, opening) = opened.expect("the journal opens");
        Some(Opened { journal, opening, replayed })
    }
}

impl Store for OnSlate {
    fn fresh(&self, shape: Shape) -> Option<Opened> {
        if shape.space_bytes.is_some() {
            return None;
        }
        let default = Options::default();
        self.options.set(Options {
            commit_bytes_max: shape.commit_bytes_max.unwrap_or(default.commit_bytes_max),
            memtable_bytes: if shape.cold { 4 << 20 } else { default.memtable_bytes },
            ..default
        });
        self.open()
    }

    fn reopen(&self, closed: Opened) -> Option<Opened> {
        drop(closed);
        self.open()
    }

    fn crash(&self, running: Opened) -> Option<Opened> {
        drop(running);
        self.open()
    }

    fn take_over(&self, _running: &Opened) -> Option<Opened> {
        self.open()
    }
}

mod local_files {
    hence_journal::conformance!(super::on_files());
}

mod s3_server {
    hence_journal::conformance!(super::on_s3());
}

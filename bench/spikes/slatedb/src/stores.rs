//! The object stores that the spike runs on, and one that counts what it is asked for.
//!
//! Always: local files are synced before a write returns, as the journal's `fsync` mode means it.

use std::fmt;
use std::ops::Range;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

/// Files below a directory.
pub fn local(directory: &FilePath, sync: bool) -> Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(LocalFileSystem::new_with_prefix(directory)?.with_fsync(sync)))
}

/// A bucket of a server that speaks S3 without TLS, such as `http://127.0.0.1:5000`.
pub fn s3(endpoint: &str, bucket: &str) -> Result<Arc<dyn ObjectStore>> {
    // Nothing is encrypted, but the client is built as if it might be. Set once; a second time is no matter.
    let _set = rustls::crypto::ring::default_provider().install_default();
    let store = AmazonS3Builder::new()
        .with_endpoint(endpoint)
        .with_allow_http(true)
        .with_bucket_name(bucket)
        .with_region("us-east-1")
        .with_access_key_id("spike")
        .with_secret_access_key("spike")
        .build()?;
    Ok(Arc::new(store))
}

/// Requests so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Objects of SlateDB's log that were put.
    pub log_puts: u64,
    /// All other objects that were put, parts of large ones included: sorted tables, manifests, the compactor's state.
    pub other_puts: u64,
    /// Bytes put.
    pub put_bytes: u64,
    /// Reads, ranges of one object counted once, and heads.
    pub gets: u64,
    /// Listings.
    pub lists: u64,
}

#[derive(Debug, Default)]
struct Counters {
    log_puts: AtomicU64,
    other_puts: AtomicU64,
    put_bytes: AtomicU64,
    gets: AtomicU64,
    lists: AtomicU64,
}

/// Counts requests on their way to a store.
#[derive(Debug)]
pub struct Counting {
    store: Arc<dyn ObjectStore>,
    counters: Arc<Counters>,
}

impl Counting {
    /// Before `store`.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, counters: Arc::default() }
    }

    /// What was asked for until now.
    pub fn counts(&self) -> Counts {
        let Counters { log_puts, other_puts, put_bytes, gets, lists } = &*self.counters;
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            log_puts: read(log_puts),
            other_puts: read(other_puts),
            put_bytes: read(put_bytes),
            gets: read(gets),
            lists: read(lists),
        }
    }
}

fn count(counter: &AtomicU64, n: u64) {
    counter.fetch_add(n, Ordering::Relaxed);
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "counted {}", self.store)
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn put_opts(&self, location: &Path, payload: PutPayload, opts: PutOptions) -> Result<PutResult> {
        let of_the_log = location.parts().any(|part| part.as_ref() == "wal");
        let counters = &*self.counters;
        count(if of_the_log { &counters.log_puts } else { &counters.other_puts }, 1);
        count(&counters.put_bytes, payload.content_length() as u64);
        self.store.put_opts(location, payload, opts).await
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        // Creating and completing it cost as a put does.
        count(&self.counters.other_puts, 2);
        let upload = self.store.put_multipart_opts(location, opts).await?;
        Ok(Box::new(CountedUpload { upload, counters: self.counters.clone() }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        count(&self.counters.gets, 1);
        self.store.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        count(&self.counters.gets, 1);
        self.store.get_ranges(location, ranges).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.store.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        count(&self.counters.lists, 1);
        self.store.list(prefix)
    }

    fn list_with_offset(
        &self,
        prefix: Option<&Path>,
        offset: &Path,
    ) -> BoxStream<'static, Result<ObjectMeta>> {
        count(&self.counters.lists, 1);
        self.store.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        count(&self.counters.lists, 1);
        self.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        count(&self.counters.other_puts, 1);
        self.store.copy_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct CountedUpload {
    upload: Box<dyn MultipartUpload>,
    counters: Arc<Counters>,
}

#[async_trait]
impl MultipartUpload for CountedUpload {
    fn put_part(&mut self, data: PutPayload) -> object_store::UploadPart {
        count(&self.counters.other_puts, 1);
        count(&self.counters.put_bytes, data.content_length() as u64);
        self.upload.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        self.upload.complete().await
    }

    async fn abort(&mut self) -> Result<()> {
        self.upload.abort().await
    }
}

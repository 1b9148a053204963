//! Measures ways to keep pictures: a file each through `object_store`, and one SQLite file a day.
//!
//! `cargo run -p bowei-store --release --example photo_engines [DIR]`, on the disk that matters.
#![allow(clippy::print_stdout, reason = "a program that prints figures")]

use async_trait::async_trait;
use bowei_store::photos::NewPicture;
use bowei_store::{DayFiles, PhotoStore};
use bytes::Bytes;
use object_store::local::LocalFileSystem;
use object_store::{ObjectStoreExt, PutPayload};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long each case is measured.
const CASE: Duration = Duration::from_secs(3);
const DAY: u32 = 20_260_401;

type Failure = Box<dyn Error + Send + Sync>;

#[async_trait]
trait Engine: Send + Sync {
    async fn put(&self, picture: NewPicture) -> Result<(), Failure>;
}

struct FileEach(LocalFileSystem);

#[async_trait]
impl Engine for FileEach {
    async fn put(&self, picture: NewPicture) -> Result<(), Failure> {
        let path = object_store::path::Path::from(format!("{DAY}/{}", picture.sha256));
        self.0.put(&path, PutPayload::from(picture.bytes)).await?;
        Ok(())
    }
}

#[async_trait]
impl Engine for DayFiles {
    async fn put(&self, picture: NewPicture) -> Result<(), Failure> {
        Ok(PhotoStore::put(self, DAY, vec![picture]).await?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let dir = std::env::args().nth(1).map_or_else(|| PathBuf::from("target/photo-engines"), PathBuf::from);
    println!(
        "{:<14} {:>8} {:>8} {:>12} {:>10} {:>10}",
        "engine", "bytes", "writers", "pictures/s", "MB/s", "p99 ms"
    );
    for bytes in [30_000, 300_000] {
        for writers in [1, 16] {
            for name in ["file-each", "day-files"] {
                let place = dir.join(name);
                let _ = std::fs::remove_dir_all(&place);
                std::fs::create_dir_all(&place)?;
                let mut taken = measure(engine(name, &place)?, bytes, writers).await?;
                taken.sort_unstable();
                let rate = taken.len() as f64 / CASE.as_secs_f64();
                let p99 = taken.get(taken.len() * 99 / 100).copied().unwrap_or_default();
                let megabytes = rate * bytes as f64 / 1e6;
                let p99 = p99.as_secs_f64() * 1e3;
                println!("{name:<14} {bytes:>8} {writers:>8} {rate:>12.0} {megabytes:>10.0} {p99:>10.1}");
                std::fs::remove_dir_all(&place)?;
            }
        }
    }
    Ok(())
}

fn engine(name: &str, place: &Path) -> Result<Arc<dyn Engine>, Failure> {
    Ok(match name {
        "file-each" => Arc::new(FileEach(LocalFileSystem::new_with_prefix(place)?.with_fsync(true))),
        _ => Arc::new(DayFiles::open(place)?),
    })
}

/// Writes pictures for a while; how long each took.
async fn measure(engine: Arc<dyn Engine>, bytes: usize, writers: usize) -> Result<Vec<Duration>, Failure> {
    let until = Instant::now() + CASE;
    let mut tasks = Vec::new();
    for writer in 0..writers {
        let engine = Arc::clone(&engine);
        tasks.push(tokio::spawn(async move {
            let mut taken = Vec::new();
            let mut number = 0_u64;
            while Instant::now() < until {
                let began = Instant::now();
                engine.put(picture(writer as u64, number, bytes)).await?;
                taken.push(began.elapsed());
                number += 1;
            }
            Ok::<_, Failure>(taken)
        }));
    }
    let mut taken = Vec::new();
    for task in tasks {
        taken.extend(task.await??);
    }
    Ok(taken)
}

/// A picture that no other resembles; its name only has to look like a digest.
fn picture(writer: u64, number: u64, bytes: usize) -> NewPicture {
    let mut state =
        writer.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ number.wrapping_mul(0xD1B5_4A32_D192_ED03) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let sha256 = (0..4).map(|_| format!("{:016x}", next())).collect();
    let bytes: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| next().to_le_bytes()).take(bytes).collect();
    NewPicture { sha256, bytes: Bytes::from(bytes) }
}

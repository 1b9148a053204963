//! aws-lc-rs alone: how many blocks its decryption does a second on so many threads.

use crate::Failure;
use aws_lc_rs::rsa::{Pkcs1PrivateDecryptingKey, Pkcs1PublicEncryptingKey, PrivateDecryptingKey};
use std::time::{Duration, Instant};

/// How long it is measured.
const SPAN: Duration = Duration::from_millis(1_500);

pub(crate) fn blocks_per_second(key: &PrivateDecryptingKey, threads: usize) -> Result<f64, Failure> {
    let private = Pkcs1PrivateDecryptingKey::new(key.clone())?;
    let public = Pkcs1PublicEncryptingKey::new(key.public_key())?;
    let mut block = vec![0; public.ciphertext_size()];
    let block = public.encrypt(&[b'x'; 200], &mut block)?.to_vec();
    let (private, block) = (&private, &block);
    let begun = Instant::now();
    let done: usize = std::thread::scope(|scope| {
        let work = || {
            let mut plain = vec![0; private.min_output_size()];
            let mut done = 0;
            while begun.elapsed() < SPAN {
                if private.decrypt(block, &mut plain).is_ok() {
                    done += 1;
                }
            }
            done
        };
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
    });
    Ok(crate::num(done) / begun.elapsed().as_secs_f64())
}

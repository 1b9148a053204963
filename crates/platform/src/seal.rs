//! Secrets at rest: AES-256-GCM under the platform's master key. What a sealed secret belongs to is bound into it,
//! so that a row copied onto another account does not open there.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The master key in the data folder.
pub(crate) const KEY_FILE: &str = "master.key";

/// Bytes of the master key.
const KEY_BYTES: usize = 32;

/// Permissions that a key file of one's own must not have: any of group or others.
const OF_OTHERS_OWN: u32 = 0o077;
/// And one that another has handed over: any of others, and the group's to change it.
const OF_OTHERS: u32 = 0o037;

/// The key that secrets at rest are sealed with.
#[derive(Clone)]
pub struct MasterKey {
    key: Arc<RandomizedNonceKey>,
    /// What keys for single purposes are derived from.
    seed: Prk,
}

/// Why a master key, or something sealed with one, cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The key file cannot be read or written.
    #[error("cannot use the master key file {path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Others than the owner can read or change the key file.
    #[error(
        "主密钥文件权限过宽，其他用户可以读取或修改。the master key file {path} has mode {mode:04o}, with which others can \
         read or change it: chmod 600 {path} (0640 where it is root's and for a service's group)"
    )]
    Lax {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The key is not 32 bytes in base64.
    #[error(
        "{from} does not hold a master key: 32 bytes in base64 are expected (make one with: openssl rand -base64 32)"
    )]
    Malformed {
        /// The file or variable.
        from: String,
    },
    /// Something sealed does not open.
    #[error(
        "the secret of {what} does not open with this master key: use the key file it was sealed with, or give the provider a new credential"
    )]
    DoesNotOpen {
        /// What it belongs to.
        what: String,
    },
    /// The machine's random generator or cipher failed.
    #[error("the cipher failed")]
    Cipher,
}

impl MasterKey {
    /// The key that [`Self::find`] finds, and otherwise a new one in the data folder.
    pub fn load(file: Option<&Path>, data: &Path) -> Result<Self, SealError> {
        match Self::find(file, data)? {
            Some(key) => Ok(key),
            None => {
                let path = data.join(KEY_FILE);
                make_key_file(&path)?;
                Self::from_file(&path)
            }
        }
    }

    /// The key from `file`, or else from `BOWEI_MASTER_KEY`, or else from `master.key` in the data folder.
    pub fn find(file: Option<&Path>, data: &Path) -> Result<Option<Self>, SealError> {
        if let Some(path) = file {
            return Self::from_file(path).map(Some);
        }
        if let Ok(text) = std::env::var("BOWEI_MASTER_KEY") {
            return Self::from_base64(&text, "BOWEI_MASTER_KEY").map(Some);
        }
        let path = data.join(KEY_FILE);
        path.exists().then(|| Self::from_file(&path)).transpose()
    }

    fn from_file(path: &Path) -> Result<Self, SealError> {
        let failed = |source| SealError::File { path: path.to_owned(), source };
        let mut file = std::fs::File::open(path).map_err(failed)?;
        let about = file.metadata().map_err(failed)?;
        let (mode, owner) = (about.mode() & 0o777, about.uid());
        // What root or another hands to a service is read by its group.
        let is_own = owner != 0 && owner == rustix::process::geteuid().as_raw();
        if mode & (if is_own { OF_OTHERS_OWN } else { OF_OTHERS }) != 0 {
            return Err(SealError::Lax { path: path.to_owned(), mode });
        }
        let mut text = String::new();
        file.read_to_string(&mut text).map_err(failed)?;
        Self::from_base64(&text, &path.display().to_string())
    }

    fn from_base64(text: &str, from: &str) -> Result<Self, SealError> {
        let malformed = || SealError::Malformed { from: from.to_owned() };
        let bytes = STANDARD.decode(text.trim()).map_err(|_| malformed())?;
        if bytes.len() != KEY_BYTES {
            return Err(malformed());
        }
        Self::from_bytes(&bytes).map_err(|_| malformed())
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SealError> {
        let key = RandomizedNonceKey::new(&AES_256_GCM, bytes).map_err(|_| SealError::Cipher)?;
        Ok(Self { key: Arc::new(key), seed: Salt::new(HKDF_SHA256, b"bowei").extract(bytes) })
    }

    /// A key for one purpose (HKDF-SHA-256): what is sealed with it opens with no other.
    pub(crate) fn derived(&self, purpose: &str) -> Result<Self, SealError> {
        let mut bytes = [0u8; KEY_BYTES];
        let info = [purpose.as_bytes()];
        let derived = self.seed.expand(&info, HKDF_SHA256).and_then(|okm| okm.fill(&mut bytes));
        derived.map_err(|_| SealError::Cipher)?;
        Self::from_bytes(&bytes)
    }

    /// A key for one purpose that makes digests which nobody without it can make.
    pub(crate) fn mac_key(&self, purpose: &str) -> Result<hmac::Key, SealError> {
        let info = [purpose.as_bytes()];
        let derived = self.seed.expand(&info, hmac::HMAC_SHA256).map_err(|_| SealError::Cipher)?;
        Ok(hmac::Key::from(derived))
    }

    /// Seals `secret`, bound to `what` it belongs to.
    pub fn seal(&self, what: &str, secret: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(what.as_bytes()), &mut sealed)
            .map_err(|_| SealError::Cipher)?;
        let mut out = nonce.as_ref().to_vec();
        out.append(&mut sealed);
        Ok(out)
    }

    /// Opens what was sealed for `what`.
    pub fn open(&self, what: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let refused = || SealError::DoesNotOpen { what: what.to_owned() };
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or_else(refused)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| refused())?;
        let mut bytes = rest.to_vec();
        let plain =
            self.key.open_in_place(nonce, Aad::from(what.as_bytes()), &mut bytes).map_err(|_| refused())?;
        Ok(plain.to_vec())
    }
}

/// Makes a key file that its owner alone can read. It appears under its name whole or not at all, and never in
/// place of another: two processes may start at once.
fn make_key_file(path: &Path) -> Result<(), SealError> {
    let failed = |source| SealError::File { path: path.to_owned(), source };
    let mut key = [0u8; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut key).map_err(|_| SealError::Cipher)?;
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let draft = folder.join(format!(".master.key.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft).map_err(failed)?;
    writeln!(file, "{}", STANDARD.encode(key)).and_then(|()| file.sync_all()).map_err(failed)?;
    let linked = std::fs::hard_link(&draft, path);
    let _ = std::fs::remove_file(&draft);
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(failed(error)),
        _ => std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_opens_only_for_what_it_was_sealed() {
        let folder = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, folder.path()).unwrap();
        let sealed = key.seal("huzhou/hz-0001", b"secret").unwrap();
        assert!(!sealed.windows(6).any(|part| part == b"secret"));
        assert_eq!(key.open("huzhou/hz-0001", &sealed).unwrap(), b"secret");
        assert!(key.open("huzhou/hz-0002", &sealed).is_err());
    }

    #[test]
    fn a_derived_key_is_another_and_the_same_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let key = MasterKey::load(None, folder.path()).unwrap();
        let sealed = key.derived("cursors").unwrap().seal("sessions", b"place").unwrap();
        assert_eq!(key.derived("cursors").unwrap().open("sessions", &sealed).unwrap(), b"place");
        assert!(key.open("sessions", &sealed).is_err());
        assert!(key.derived("others").unwrap().open("sessions", &sealed).is_err());
        assert!(key.derived("cursors").unwrap().open("findings", &sealed).is_err());
    }

    #[test]
    fn the_key_file_is_made_once_and_its_owner_alone_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let sealed = MasterKey::load(None, folder.path()).unwrap().seal("a", b"x").unwrap();
        assert_eq!(MasterKey::load(None, folder.path()).unwrap().open("a", &sealed).unwrap(), b"x");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = std::fs::metadata(folder.path().join("master.key")).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    #[test]
    fn a_key_file_that_others_can_read_or_change_is_refused_in_words() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        MasterKey::load(None, folder.path()).unwrap();
        for (mode, is_lax) in [(0o644, true), (0o604, true), (0o666, true), (0o660, true), (0o400, false)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            for loaded in [MasterKey::load(None, folder.path()), MasterKey::load(Some(&path), folder.path())]
            {
                let words = loaded.err().map(|error| error.to_string());
                assert_eq!(words.is_some(), is_lax, "{mode:o}: {words:?}");
                assert!(
                    words.is_none_or(|words| words.contains("chmod 600") && words.contains("master.key"))
                );
            }
        }
    }
}

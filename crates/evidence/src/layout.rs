//! The one layout of a package's bytes: a ZIP (APPNOTE 6.3.10) of stored files without times, attributes, extra fields or
//! comments, one behind the other without a gap.
//!
//! A ZIP has many bytes that no digest of a file covers. Here each of them follows from the names and contents, so that
//! there is no byte that could be another unnoticed. It is written by hand for that reason: the library that reads it
//! leaves itself free to write others in its next version, and old packages would be called altered then.

use std::io::{Result, Write};

/// 2.0: the first version with folders in names.
const VERSION: u16 = 20;
/// The first day that a ZIP can name, 1980-01-01: no package tells two times.
const DATE: u16 = 0x21;
const LOCAL: u32 = 0x0403_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;

/// Writes files as a package, in their order. The sizes are within what a package may have, so that every number fits.
pub(crate) fn write<'a>(
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
    out: &mut impl Write,
) -> Result<()> {
    let (mut offset, mut count) = (0_u32, 0_u16);
    let mut central = Vec::new();
    for (name, content) in files {
        let size = number::<u32>(content.len())?;
        let mut common = Vec::new();
        common.extend(VERSION.to_le_bytes());
        // No flags, stored, at midnight.
        common.extend([0; 6]);
        common.extend(DATE.to_le_bytes());
        common.extend(crc32fast::hash(content).to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(size.to_le_bytes());
        common.extend(number::<u16>(name.len())?.to_le_bytes());
        common.extend([0; 2]);
        out.write_all(&LOCAL.to_le_bytes())?;
        out.write_all(&common)?;
        out.write_all(name.as_bytes())?;
        out.write_all(content)?;
        central.extend(CENTRAL.to_le_bytes());
        central.extend(VERSION.to_le_bytes());
        central.extend(common);
        // No comment, the first disk, no attributes.
        central.extend([0; 10]);
        central.extend(offset.to_le_bytes());
        central.extend(name.as_bytes());
        offset = number::<u32>(30 + name.len() + content.len())?.checked_add(offset).ok_or_else(too_large)?;
        count = count.checked_add(1).ok_or_else(too_large)?;
    }
    out.write_all(&central)?;
    out.write_all(&END.to_le_bytes())?;
    out.write_all(&[0; 4])?;
    out.write_all(&count.to_le_bytes())?;
    out.write_all(&count.to_le_bytes())?;
    out.write_all(&number::<u32>(central.len())?.to_le_bytes())?;
    out.write_all(&offset.to_le_bytes())?;
    out.write_all(&[0; 2])
}

fn number<T: TryFrom<usize>>(number: usize) -> Result<T> {
    T::try_from(number).map_err(|_| too_large())
}

fn too_large() -> std::io::Error {
    std::io::Error::other("too large for a package")
}

/// Where bytes stop being a package of these files; `None` where they are one to the last.
pub(crate) fn first_difference<'a>(
    bytes: &[u8],
    files: impl Iterator<Item = (&'a str, &'a [u8])>,
) -> Option<usize> {
    struct Compare<'b> {
        rest: &'b [u8],
        passed: usize,
    }
    impl Write for Compare<'_> {
        fn write(&mut self, expected: &[u8]) -> Result<usize> {
            let same = self.rest.iter().zip(expected).take_while(|(a, b)| a == b).count();
            self.passed += same;
            self.rest = self.rest.get(same..).unwrap_or_default();
            if same == expected.len() { Ok(same) } else { Err(std::io::ErrorKind::InvalidData.into()) }
        }

        fn flush(&mut self) -> Result<()> {
            Ok(())
        }
    }
    let mut compare = Compare { rest: bytes, passed: 0 };
    let written = write(files, &mut compare);
    (written.is_err() || !compare.rest.is_empty()).then_some(compare.passed)
}

//! Blocks of an open file.
//!
//! Whoever waits for a disk waits on a thread of its own. But most blocks of a file that is sent are in the system's memory
//! already, read ahead by the system itself, and to hand each to a thread and back takes longer than to copy it. So the
//! system is asked first what it has without waiting, where it knows such a question.

use std::fs::File;
use std::io::{self, ErrorKind};

use portolan_protocol::endpoint::StoreAnswer;
use portolan_wire::report::StoreError;

use super::{Fresh, store_error};

/// The whole block, if it can be had without waiting for a disk.
#[cfg(target_os = "linux")]
pub(super) fn read_now(file: &File, offset: u64, length: u32) -> Option<StoreAnswer> {
    use rustix::io::{ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;

    let mut bytes = vec![0; length as usize];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut bytes)], offset, ReadWriteFlags::NOWAIT);
    // A short answer may mean the file's end, or only that the rest is not in memory.
    (read == Ok(bytes.len())).then_some(StoreAnswer::Data(bytes))
}

/// Nobody knows here, so every block may have to be waited for.
#[cfg(not(target_os = "linux"))]
pub(super) const fn read_now(_file: &File, _offset: u64, _length: u32) -> Option<StoreAnswer> {
    None
}

/// The block, or what there is of it before the file's end.
pub(super) fn read_at(file: &File, offset: u64, length: u32) -> Result<Fresh, StoreError> {
    let mut bytes = vec![0; length as usize];
    let mut have = 0;
    while let Some(rest) = bytes.get_mut(have..).filter(|rest| !rest.is_empty()) {
        match read_some(file, rest, offset.saturating_add(have as u64)) {
            Ok(0) => break,
            Ok(count) => have += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(store_error(&error)),
        }
    }
    bytes.truncate(have);
    Ok(Fresh::Answer(StoreAnswer::Data(bytes)))
}

pub(super) fn write_at(file: &File, mut offset: u64, mut bytes: &[u8]) -> Result<Fresh, StoreError> {
    while !bytes.is_empty() {
        match write_some(file, bytes, offset) {
            Ok(0) => return Err(StoreError::Failed),
            Ok(count) => {
                bytes = bytes.get(count..).unwrap_or_default();
                offset = offset.saturating_add(count as u64);
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(store_error(&error)),
        }
    }
    Ok(Fresh::Answer(StoreAnswer::Done))
}

// A block says where it lies, so several threads can have theirs at once, and none moves another's place in the file.

#[cfg(unix)]
fn read_some(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset)
}

#[cfg(unix)]
fn write_some(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::write_at(file, bytes, offset)
}

#[cfg(windows)]
fn read_some(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, bytes, offset)
}

#[cfg(windows)]
fn write_some(file: &File, bytes: &[u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_write(file, bytes, offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_whole_block_is_had_at_once_or_not_at_all() {
        let file = written(b"0123456789");
        // Not every file system answers the question.
        let Some(block) = read_now(&file, 0, 4) else { return };
        assert_eq!(block, StoreAnswer::Data(b"0123".to_vec()));
        assert_eq!(read_now(&file, 6, 4), Some(StoreAnswer::Data(b"6789".to_vec())));
        assert_eq!(
            read_now(&file, 6, 5),
            None,
            "the end may be only that of what is in memory"
        );
        assert_eq!(read_now(&file, 11, 1), None);
    }

    #[test]
    fn blocks_are_read_where_they_lie_and_cut_at_the_end() {
        let file = written(b"0123456789");
        let read = |offset, length| match read_at(&file, offset, length) {
            Ok(Fresh::Answer(StoreAnswer::Data(bytes))) => bytes,
            other => panic!("{other:?}"),
        };
        assert_eq!(read(6, 2), b"67");
        assert_eq!(read(0, 4), b"0123");
        assert_eq!(read(6, 100), b"6789");
        assert_eq!(read(10, 1), b"");
        assert_eq!(read(1 << 40, 1), b"");
    }

    #[test]
    fn blocks_are_written_where_they_belong() {
        let file = written(b"0123456789");
        assert!(write_at(&file, 8, b"abcd").is_ok());
        assert!(write_at(&file, 1, b"xy").is_ok());
        let mut all = vec![0; 20];
        assert_eq!(read_some(&file, &mut all, 0).ok(), Some(12));
        assert_eq!(&all[..12], b"0xy34567abcd");
    }

    /// A file that was just written is in memory.
    fn written(content: &[u8]) -> File {
        let file = tempfile::tempfile().unwrap();
        assert!(write_at(&file, 0, content).is_ok());
        file
    }
}

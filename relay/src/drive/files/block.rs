//! Blocks of an open file.
//!
//! Whoever waits for a disk waits on a thread of its own. But most blocks of a file that is sent are in the system's memory
//! already, read ahead by the system itself, and to hand each to a thread and back takes longer than to copy it. So the
//! system is asked first what it has without waiting, where it knows such a question.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::sync::{Mutex, PoisonError};

use portolan_protocol::endpoint::StoreAnswer;
use portolan_wire::report::StoreError;

use super::{Fresh, store_error};

/// The whole block, if it can be had without waiting: neither for a disk nor for somebody who uses the file.
#[cfg(target_os = "linux")]
pub(super) fn read_now(file: &Mutex<File>, offset: u64, length: u32) -> Option<StoreAnswer> {
    use rustix::io::{ReadWriteFlags, preadv2};
    use std::io::IoSliceMut;

    let file = file.try_lock().ok()?;
    let mut bytes = vec![0; length as usize];
    let read = preadv2(
        &*file,
        &mut [IoSliceMut::new(&mut bytes)],
        offset,
        ReadWriteFlags::NOWAIT,
    );
    // A short answer may mean the file's end, or only that the rest is not in memory.
    (read == Ok(bytes.len())).then_some(StoreAnswer::Data(bytes))
}

/// Nobody knows here, so every block may have to be waited for.
#[cfg(not(target_os = "linux"))]
pub(super) const fn read_now(_file: &Mutex<File>, _offset: u64, _length: u32) -> Option<StoreAnswer> {
    None
}

pub(super) fn read_at(file: &Mutex<File>, offset: u64, length: u32) -> Result<Fresh, StoreError> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    let mut bytes = Vec::with_capacity(length as usize);
    let read = file
        .seek(SeekFrom::Start(offset))
        .and_then(|_| Read::by_ref(&mut *file).take(u64::from(length)).read_to_end(&mut bytes));
    match read {
        Ok(_) => Ok(Fresh::Answer(StoreAnswer::Data(bytes))),
        Err(error) => Err(store_error(&error)),
    }
}

pub(super) fn write_at(file: &Mutex<File>, offset: u64, bytes: &[u8]) -> Result<Fresh, StoreError> {
    let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
    match file.seek(SeekFrom::Start(offset)).and_then(|_| file.write_all(bytes)) {
        Ok(()) => Ok(Fresh::Answer(StoreAnswer::Done)),
        Err(error) => Err(store_error(&error)),
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    /// A file that was just written is in memory.
    fn written(content: &[u8]) -> Mutex<File> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        Mutex::new(file)
    }

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
    fn a_file_that_is_in_use_is_not_waited_for() {
        let file = written(b"0123456789");
        let used = file.lock().unwrap();
        assert_eq!(read_now(&file, 0, 4), None);
        drop(used);
    }
}

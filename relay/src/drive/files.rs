//! A store of real files: those below one directory.

mod block;
mod change;
mod writer;

use core::task::{Context, Poll};
use std::collections::{BTreeMap, VecDeque};
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use portolan_protocol::endpoint::{HandleId, Input, OpId, OpenHow, StoreAnswer, StoreRequest};
use portolan_protocol::tree::{Entry, EntryKind, TreePath};
use portolan_wire::ftp::octets;
use portolan_wire::report::StoreError;
use tokio::sync::mpsc;

use writer::{Block, Writer};

/// The files below one directory. Links that lead out of it are not followed.
#[derive(Debug)]
pub struct Files {
    root: PathBuf,
    open: BTreeMap<HandleId, Open>,
    opened: u32,
    writable: bool,
    /// Answers that nothing had to be waited for.
    ready: VecDeque<Input>,
    /// Where threads put their answers, and how many are still to come.
    done: Done,
    answers: mpsc::UnboundedReceiver<Answer>,
    waiting: usize,
}

type Answer = (OpId, Result<Fresh, StoreError>);
type Done = mpsc::UnboundedSender<Answer>;

/// An open file.
#[derive(Debug)]
struct Open {
    file: Arc<File>,
    writer: Arc<Writer>,
}

/// What a thread brings back.
#[derive(Debug)]
enum Fresh {
    /// A file that has no handle yet.
    Opened {
        file: File,
        size: u64,
    },
    Answer(StoreAnswer),
}

impl Files {
    /// The files below `root`, which must exist.
    ///
    /// # Errors
    /// When it is not there or not a directory.
    pub fn new(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        if !root.is_dir() {
            return Err(ErrorKind::NotADirectory.into());
        }
        let (done, answers) = mpsc::unbounded_channel();
        Ok(Self {
            root,
            open: BTreeMap::new(),
            opened: 0,
            writable: true,
            ready: VecDeque::new(),
            done,
            answers,
            waiting: 0,
        })
    }

    /// The same files, and every request to change them is denied.
    #[must_use]
    pub const fn read_only(mut self) -> Self {
        self.writable = false;
        self
    }

    pub(super) fn is_idle(&self) -> bool {
        self.ready.is_empty() && self.waiting == 0
    }

    pub(super) fn ask(&mut self, op: OpId, request: StoreRequest) {
        if let Some(answer) = self.answer_now(&request) {
            let result = Ok(answer);
            self.ready.push_back(Input::Stored { op, result });
            return;
        }
        self.waiting += 1;
        if let StoreRequest::WriteAt { handle, offset, bytes } = request {
            return self.write(handle, Block { op, offset, bytes });
        }
        let work = self.work(request);
        let done = self.done.clone();
        // Nobody listens any more once the session is over.
        tokio::task::spawn_blocking(move || done.send((op, work())).is_ok());
    }

    fn write(&self, handle: HandleId, block: Block) {
        match self.open.get(&handle) {
            Some(Open { file, writer }) => writer.write(file, block, &self.done),
            None => {
                let _over = self.done.send((block.op, Err(StoreError::Failed)));
            }
        }
    }

    fn answer_now(&self, request: &StoreRequest) -> Option<StoreAnswer> {
        match *request {
            StoreRequest::ReadAt { handle, offset, length } => {
                block::read_now(&self.open.get(&handle)?.file, offset, length)
            }
            _ => None,
        }
    }

    fn work(&mut self, request: StoreRequest) -> Box<dyn FnOnce() -> Result<Fresh, StoreError> + Send> {
        if !self.writable && request.changes() {
            return Box::new(|| Err(StoreError::Denied));
        }
        let root = self.root.clone();
        match request {
            StoreRequest::Open { path, how } => Box::new(move || open(&root, &path, how)),
            StoreRequest::ReadAt { handle, offset, length } => {
                let file = self.open.get(&handle).map(|open| Arc::clone(&open.file));
                Box::new(move || block::read_at(&*file.ok_or(StoreError::Failed)?, offset, length))
            }
            // These have a way of their own.
            StoreRequest::WriteAt { .. } => Box::new(|| Err(StoreError::Failed)),
            StoreRequest::Close { handle, complete: _ } => {
                // What was cut short is kept, as other clients keep it. Closing may take its time on a network's disk.
                let file = self.open.remove(&handle).ok_or(StoreError::Failed);
                Box::new(move || {
                    drop(file?);
                    Ok(Fresh::Answer(StoreAnswer::Done))
                })
            }
            StoreRequest::List { path, after, limit } => Box::new(move || list(&root, &path, after, limit)),
            StoreRequest::Stat { path } => Box::new(move || {
                let name = path.name().unwrap_or("/").to_owned();
                let about = fs::metadata(resolve(&root, &path)?).map_err(|error| store_error(&error))?;
                Ok(Fresh::Answer(StoreAnswer::Entry(entry(name, &about))))
            }),
            StoreRequest::Delete { path } => Box::new(move || done(change::delete(&root, &path))),
            StoreRequest::MakeDirectory { path } => Box::new(move || done(change::make_directory(&root, &path))),
            StoreRequest::RemoveDirectory { path } => Box::new(move || done(change::remove_directory(&root, &path))),
            StoreRequest::Rename { from, to } => Box::new(move || done(change::rename(&root, &from, &to))),
        }
    }

    /// The next answer.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(ready);
        }
        let Poll::Ready(Some((op, fresh))) = self.answers.poll_recv(cx) else {
            return Poll::Pending;
        };
        self.waiting = self.waiting.saturating_sub(1);
        let result = fresh.map(|fresh| match fresh {
            Fresh::Opened { file, size } => {
                let handle = HandleId(self.opened);
                self.opened = self.opened.wrapping_add(1);
                let (file, writer) = (Arc::new(file), Arc::default());
                self.open.insert(handle, Open { file, writer });
                StoreAnswer::Opened { handle, size }
            }
            Fresh::Answer(answer) => answer,
        });
        Poll::Ready(Input::Stored { op, result })
    }
}

/// Where `path` lies. The directories above it must exist, below the root, wherever links lead.
fn resolve(root: &Path, path: &TreePath) -> Result<PathBuf, StoreError> {
    let mut place = root.to_owned();
    for name in path.names() {
        place.push(os_name(name)?);
    }
    let (Some(above), Some(name)) = (place.parent(), place.file_name()) else {
        return Ok(place);
    };
    if place == root {
        return Ok(place);
    }
    let above = above.canonicalize().map_err(|error| store_error(&error))?;
    let place = match above.join(name).canonicalize() {
        Ok(place) => place,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let place = above.join(name);
            if place.is_symlink() {
                // It leads nowhere yet; to write through it would make a file wherever it points.
                return Err(StoreError::Denied);
            }
            place
        }
        Err(error) => return Err(store_error(&error)),
    };
    if place.starts_with(root) {
        Ok(place)
    } else {
        Err(StoreError::Denied)
    }
}

/// A name as the system knows it, if it is one name and no path.
fn os_name(name: &str) -> Result<OsString, StoreError> {
    let os_name = to_os(name);
    let mut parts = Path::new(&os_name).components();
    let is_name = matches!(parts.next(), Some(Component::Normal(part)) if part == os_name);
    if is_name && parts.next().is_none() && !name.contains('\0') {
        Ok(os_name)
    } else {
        Err(StoreError::Denied)
    }
}

#[cfg(unix)]
fn to_os(name: &str) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(octets::encode(name))
}

#[cfg(unix)]
fn from_os(name: &OsStr) -> String {
    use std::os::unix::ffi::OsStrExt;
    octets::decode(name.as_bytes())
}

#[cfg(not(unix))]
fn to_os(name: &str) -> OsString {
    name.into()
}

#[cfg(not(unix))]
fn from_os(name: &OsStr) -> String {
    name.to_string_lossy().into_owned()
}

fn open(root: &Path, path: &TreePath, how: OpenHow) -> Result<Fresh, StoreError> {
    let place = resolve(root, path)?;
    // Asked before it is opened: to open a pipe would wait for its other end.
    match fs::metadata(&place) {
        Ok(about) if !about.is_file() => return Err(StoreError::WrongKind),
        Err(error) if how == OpenHow::Read || error.kind() != ErrorKind::NotFound => return Err(store_error(&error)),
        _ => {}
    }
    let mut options = File::options();
    match how {
        OpenHow::Read => options.read(true),
        OpenHow::Replace | OpenHow::From(0) => options.write(true).create(true).truncate(true),
        OpenHow::Append => options.write(true).create(true).truncate(false),
        OpenHow::From(_) => options.write(true),
        OpenHow::New => options.write(true).create_new(true),
    };
    let file = options.open(&place).map_err(|error| store_error(&error))?;
    let about = file.metadata().map_err(|error| store_error(&error))?;
    let size = match how {
        OpenHow::From(offset) if offset > about.len() => return Err(StoreError::OutOfRange),
        OpenHow::From(offset) => {
            file.set_len(offset).map_err(|error| store_error(&error))?;
            offset
        }
        _ => about.len(),
    };
    Ok(Fresh::Opened { file, size })
}

fn done(result: Result<(), StoreError>) -> Result<Fresh, StoreError> {
    result.map(|()| Fresh::Answer(StoreAnswer::Done))
}

/// A page of a directory. However large the directory is, only a page of it is held.
fn list(root: &Path, path: &TreePath, after: Option<String>, limit: u32) -> Result<Fresh, StoreError> {
    let place = resolve(root, path)?;
    let most = limit as usize;
    let mut page: BTreeMap<String, Entry> = BTreeMap::new();
    let mut more = false;
    for found in fs::read_dir(place).map_err(|error| store_error(&error))? {
        let found = found.map_err(|error| store_error(&error))?;
        let name = from_os(&found.file_name());
        if after.as_ref().is_some_and(|after| name <= *after) {
            continue;
        }
        // What is gone again, and a link that leads nowhere, is not listed.
        let Ok(about) = fs::metadata(found.path()) else {
            continue;
        };
        page.insert(name.clone(), entry(name, &about));
        if page.len() > most {
            page.pop_last();
            more = true;
        }
    }
    let entries = page.into_values().collect();
    Ok(Fresh::Answer(StoreAnswer::Page { entries, more }))
}

fn entry(name: String, about: &fs::Metadata) -> Entry {
    let since = about.modified().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let (kind, size) = if about.is_dir() {
        (EntryKind::Directory, 0)
    } else {
        (EntryKind::File, about.len())
    };
    Entry {
        name,
        kind,
        size,
        modified: since.map_or(0, |since| since.as_secs()),
    }
}

fn store_error(error: &io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound => StoreError::NotFound,
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => StoreError::Denied,
        ErrorKind::IsADirectory | ErrorKind::NotADirectory => StoreError::WrongKind,
        ErrorKind::AlreadyExists => StoreError::Exists,
        ErrorKind::DirectoryNotEmpty => StoreError::NotEmpty,
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => StoreError::Full,
        _ => StoreError::Failed,
    }
}

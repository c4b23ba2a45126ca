//! Files that somebody else holds: what is downloaded goes to whoever takes it, what is uploaded comes from whoever
//! brings it. Nothing is kept here but a few blocks, however long the file.
//!
//! # Bounds
//! * A file that nobody takes or brings within [`PICK_UP`], and one of which nothing moves for [`STALL`], fails.
//! * Between the endpoint and the other end lie at most four blocks, and those that the endpoint has outstanding.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use hyper::body::Bytes;
use portolan_protocol::endpoint::{HandleId, Input, OpId, OpenHow, StoreAnswer, StoreRequest};
use portolan_protocol::tree::TreePath;
use portolan_wire::relay::Way;
use portolan_wire::report::StoreError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, Sleep};

/// How long a file waits for its other end.
pub const PICK_UP: Duration = Duration::from_secs(30);

/// How long nothing may move.
pub const STALL: Duration = Duration::from_secs(60);

/// Blocks between the endpoint and the other end.
const QUEUE: usize = 4;

/// A store whose files have their other end elsewhere. It has no directories, and nothing is there beforehand.
pub struct Pipe {
    offers: mpsc::UnboundedSender<Offer>,
    /// The most bytes of a file.
    limit: u64,
    opened: u32,
    opening: BTreeMap<OpId, oneshot::Receiver<End>>,
    open: BTreeMap<HandleId, File>,
    answers: VecDeque<Input>,
    /// When to give up; set while something waits.
    stall: Option<Pin<Box<Sleep>>>,
}

/// A file that waits for its other end. Dropping it makes the file fail.
#[derive(Debug)]
pub struct Offer {
    /// Its name, as the action has it.
    pub name: String,
    /// What is to be done with it.
    pub way: Way,
    taken: oneshot::Sender<End>,
}

/// What passes to whoever takes a download.
#[derive(Debug)]
pub enum Piece {
    /// Some bytes, in order.
    Bytes(Bytes),
    /// The file is whole. A channel that closes without this was cut short.
    End,
}

/// The endpoint's end of a pipe.
#[derive(Debug)]
enum End {
    Sink(mpsc::Sender<Piece>),
    Source { size: u64, bytes: mpsc::Receiver<Bytes> },
}

enum File {
    Sink(Sink),
    Source(Source),
}

struct Sink {
    to: mpsc::Sender<Piece>,
    taken: u64,
    waiting: VecDeque<(OpId, Piece)>,
    /// A place in the channel that was asked for.
    place: Option<Place>,
}

type Place = Pin<Box<dyn Future<Output = Result<mpsc::OwnedPermit<Piece>, mpsc::error::SendError<()>>> + Send>>;

struct Source {
    size: u64,
    from: mpsc::Receiver<Bytes>,
    /// Where the file has been read to.
    read: u64,
    /// What came and was not asked for yet.
    left: Bytes,
    /// What was asked for: from where, and how much.
    waiting: VecDeque<(OpId, u64, usize)>,
    /// The beginning of the first answer.
    begun: Vec<u8>,
}

type Answer = (OpId, Result<StoreAnswer, StoreError>);

impl Offer {
    /// Takes a download. Gives nothing if the endpoint has given up.
    #[must_use]
    pub fn take(self) -> Option<mpsc::Receiver<Piece>> {
        let (to, from) = mpsc::channel(QUEUE);
        self.taken.send(End::Sink(to)).ok().map(|()| from)
    }

    /// Brings an upload of `size` bytes. Gives nothing if the endpoint has given up.
    #[must_use]
    pub fn bring(self, size: u64) -> Option<mpsc::Sender<Bytes>> {
        let (to, bytes) = mpsc::channel(QUEUE);
        self.taken.send(End::Source { size, bytes }).ok().map(|()| to)
    }
}

impl Pipe {
    /// A store that offers its files through `offers`, none longer than `limit` bytes.
    #[must_use]
    pub const fn new(offers: mpsc::UnboundedSender<Offer>, limit: u64) -> Self {
        Self {
            offers,
            limit,
            opened: 0,
            opening: BTreeMap::new(),
            open: BTreeMap::new(),
            answers: VecDeque::new(),
            stall: None,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.answers.is_empty() && !self.waits()
    }

    fn waits(&self) -> bool {
        !self.opening.is_empty() || self.open.values().any(File::waits)
    }

    pub(super) fn ask(&mut self, op: OpId, request: StoreRequest) {
        let limit = self.limit;
        let result = match request {
            StoreRequest::Open { path, how } => match self.offer(op, &path, how) {
                Ok(()) => return,
                Err(why) => Err(why),
            },
            StoreRequest::WriteAt { handle, offset, bytes } => match self.open.get_mut(&handle) {
                Some(File::Sink(sink)) => match sink.write(op, offset, bytes, limit) {
                    Ok(()) => return,
                    Err(why) => Err(why),
                },
                _ => Err(StoreError::Failed),
            },
            StoreRequest::ReadAt { handle, offset, length } => match self.open.get_mut(&handle) {
                Some(File::Source(source)) => {
                    source.waiting.push_back((op, offset, length as usize));
                    return;
                }
                _ => Err(StoreError::Failed),
            },
            StoreRequest::Close { handle, complete } => match self.open.get_mut(&handle) {
                // Whoever takes it is told that it is whole, before the endpoint is.
                Some(File::Sink(sink)) if complete => {
                    sink.waiting.push_back((op, Piece::End));
                    return;
                }
                _ => self
                    .open
                    .remove(&handle)
                    .map(|_| StoreAnswer::Done)
                    .ok_or(StoreError::Failed),
            },
            StoreRequest::Stat { .. } | StoreRequest::List { .. } => Err(StoreError::NotFound),
            StoreRequest::Delete { .. }
            | StoreRequest::MakeDirectory { .. }
            | StoreRequest::RemoveDirectory { .. }
            | StoreRequest::Rename { .. } => Err(StoreError::Denied),
        };
        self.answers.push_back(Input::Stored { op, result });
    }

    fn offer(&mut self, op: OpId, path: &TreePath, how: OpenHow) -> Result<(), StoreError> {
        let way = match how {
            OpenHow::Read => Way::Upload,
            OpenHow::Replace | OpenHow::From(0) | OpenHow::New | OpenHow::Append => Way::Download,
            OpenHow::From(_) => return Err(StoreError::NotFound),
        };
        let name = path.name().unwrap_or("file").to_owned();
        let (taken, end) = oneshot::channel();
        self.offers
            .send(Offer { name, way, taken })
            .map_err(|_| StoreError::Failed)?;
        self.opening.insert(op, end);
        self.stall = Some(Box::pin(tokio::time::sleep(PICK_UP)));
        Ok(())
    }

    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Input> {
        if let Some(input) = self.answers.pop_front() {
            return Poll::Ready(input);
        }
        if let Poll::Ready((op, result)) = self.poll_files(cx) {
            self.stall = None;
            return Poll::Ready(Input::Stored { op, result });
        }
        if !self.waits() {
            self.stall = None;
            return Poll::Pending;
        }
        let stall = self
            .stall
            .get_or_insert_with(|| Box::pin(tokio::time::sleep_until(Instant::now() + STALL)));
        if stall.as_mut().poll(cx).is_ready() {
            self.give_up();
            return self.answers.pop_front().map_or(Poll::Pending, Poll::Ready);
        }
        Poll::Pending
    }

    fn poll_files(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        let taken = self
            .opening
            .iter_mut()
            .find_map(|(op, end)| match Pin::new(end).poll(cx) {
                Poll::Ready(end) => Some((*op, end)),
                Poll::Pending => None,
            });
        if let Some((op, end)) = taken {
            self.opening.remove(&op);
            return Poll::Ready((op, self.opened(end.ok())));
        }
        let answered = self.open.iter_mut().find_map(|(handle, file)| {
            let answer = match file {
                File::Sink(sink) => sink.poll(cx),
                File::Source(source) => source.poll(cx).map(|answer| (answer, false)),
            };
            match answer {
                Poll::Ready((answer, is_over)) => Some((*handle, answer, is_over)),
                Poll::Pending => None,
            }
        });
        let Some((handle, answer, is_over)) = answered else {
            return Poll::Pending;
        };
        if is_over {
            self.open.remove(&handle);
        }
        Poll::Ready(answer)
    }

    fn opened(&mut self, end: Option<End>) -> Result<StoreAnswer, StoreError> {
        let (file, size) = match end.ok_or(StoreError::Failed)? {
            End::Sink(to) => (File::Sink(Sink::new(to)), 0),
            End::Source { size, .. } if size > self.limit => return Err(StoreError::Full),
            End::Source { size, bytes } => (File::Source(Source::new(size, bytes)), size),
        };
        let handle = HandleId(self.opened);
        self.opened += 1;
        self.open.insert(handle, file);
        Ok(StoreAnswer::Opened { handle, size })
    }

    /// Fails whatever waits.
    fn give_up(&mut self) {
        self.stall = None;
        let mut ops: Vec<OpId> = core::mem::take(&mut self.opening).into_keys().collect();
        for file in self.open.values_mut() {
            match file {
                File::Sink(sink) => ops.extend(sink.waiting.drain(..).map(|(op, _)| op)),
                File::Source(source) => ops.extend(source.waiting.drain(..).map(|(op, ..)| op)),
            }
        }
        let result = Err(StoreError::Failed);
        self.answers.extend(ops.into_iter().map(|op| Input::Stored {
            op,
            result: result.clone(),
        }));
    }
}

impl File {
    fn waits(&self) -> bool {
        match self {
            Self::Sink(sink) => !sink.waiting.is_empty(),
            Self::Source(source) => !source.waiting.is_empty(),
        }
    }
}

impl Sink {
    const fn new(to: mpsc::Sender<Piece>) -> Self {
        Self {
            to,
            taken: 0,
            waiting: VecDeque::new(),
            place: None,
        }
    }

    fn write(&mut self, op: OpId, offset: u64, bytes: Vec<u8>, limit: u64) -> Result<(), StoreError> {
        if offset != self.taken {
            return Err(StoreError::OutOfRange);
        }
        let taken = self.taken.saturating_add(bytes.len() as u64);
        if taken > limit {
            return Err(StoreError::Full);
        }
        self.taken = taken;
        self.waiting.push_back((op, Piece::Bytes(bytes.into())));
        Ok(())
    }

    /// The next answer, and whether the file is closed with it.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<(Answer, bool)> {
        if self.waiting.is_empty() {
            return Poll::Pending;
        }
        let place = self
            .place
            .get_or_insert_with(|| Box::pin(self.to.clone().reserve_owned()));
        let Poll::Ready(place) = place.as_mut().poll(cx) else {
            return Poll::Pending;
        };
        self.place = None;
        let Some((op, piece)) = self.waiting.pop_front() else {
            return Poll::Pending;
        };
        let is_over = matches!(piece, Piece::End);
        let result = match place {
            Ok(place) => {
                place.send(piece);
                Ok(StoreAnswer::Done)
            }
            Err(_) => Err(StoreError::Failed),
        };
        Poll::Ready(((op, result), is_over))
    }
}

impl Source {
    const fn new(size: u64, from: mpsc::Receiver<Bytes>) -> Self {
        Self {
            size,
            from,
            read: 0,
            left: Bytes::new(),
            waiting: VecDeque::new(),
            begun: Vec::new(),
        }
    }

    /// The next answer.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Answer> {
        while let Some(&(op, offset, length)) = self.waiting.front() {
            let answer = if offset < self.read.saturating_sub(self.begun.len() as u64) {
                // It has passed and is gone.
                Err(StoreError::OutOfRange)
            } else if self.begun.len() >= length || self.read >= self.size {
                Ok(StoreAnswer::Data(core::mem::take(&mut self.begun)))
            } else if !self.left.is_empty() {
                self.use_left(offset, length);
                continue;
            } else {
                match self.from.poll_recv(cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Some(bytes)) => {
                        self.left = bytes;
                        continue;
                    }
                    // Less came than was told.
                    Poll::Ready(None) => Err(StoreError::Failed),
                }
            };
            self.waiting.pop_front();
            return Poll::Ready((op, answer));
        }
        Poll::Pending
    }

    /// Moves what came to the answer that is being made, past what nobody asked for.
    fn use_left(&mut self, offset: u64, length: usize) {
        let before = offset.saturating_sub(self.read);
        let is_wanted = before == 0 || !self.begun.is_empty();
        let most = if is_wanted {
            length - self.begun.len()
        } else {
            usize::try_from(before).unwrap_or(usize::MAX)
        };
        let bytes = self.left.split_to(self.left.len().min(most));
        self.read += bytes.len() as u64;
        if is_wanted {
            self.begun.extend_from_slice(&bytes);
        }
    }
}

impl core::fmt::Debug for Pipe {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Pipe")
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}

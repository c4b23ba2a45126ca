//! What changes a directory besides uploads: deleting, making, removing, renaming.
//!
//! The last name of a path that is changed is never followed: to delete a link deletes the link, wherever it leads.

use std::fs;
use std::path::{Path, PathBuf};

use portolan_protocol::tree::TreePath;
use portolan_wire::report::StoreError;

use super::{os_name, resolve, store_error};

pub(super) fn delete(root: &Path, path: &TreePath) -> Result<(), StoreError> {
    let place = place(root, path)?;
    if is_directory(&place)? {
        return Err(StoreError::WrongKind);
    }
    fs::remove_file(place).map_err(|error| store_error(&error))
}

pub(super) fn make_directory(root: &Path, path: &TreePath) -> Result<(), StoreError> {
    if path.name().is_none() {
        return Err(StoreError::Exists);
    }
    fs::create_dir(place(root, path)?).map_err(|error| store_error(&error))
}

pub(super) fn remove_directory(root: &Path, path: &TreePath) -> Result<(), StoreError> {
    let place = place(root, path)?;
    if !is_directory(&place)? {
        return Err(StoreError::WrongKind);
    }
    fs::remove_dir(place).map_err(|error| store_error(&error))
}

pub(super) fn rename(root: &Path, from: &TreePath, to: &TreePath) -> Result<(), StoreError> {
    let (source, target) = (place(root, from)?, place(root, to)?);
    let moves_directory = is_directory(&source)?;
    if from == to {
        return Ok(());
    }
    if target.starts_with(&source) {
        return Err(StoreError::WrongKind);
    }
    // rename(2) would replace an empty directory; between this look and the rename, one may still appear.
    match fs::symlink_metadata(&target) {
        Ok(about) if moves_directory || about.is_dir() => return Err(StoreError::Exists),
        _ => {}
    }
    fs::rename(source, target).map_err(|error| store_error(&error))
}

/// Where `path` lies: the directories above its last name resolved, the last name as it is.
fn place(root: &Path, path: &TreePath) -> Result<PathBuf, StoreError> {
    // The root can be neither deleted, removed, moved nor replaced.
    let (above, name) = path.split().ok_or(StoreError::Denied)?;
    let above = resolve(root, &above)?;
    let about = fs::metadata(&above).map_err(|error| store_error(&error))?;
    if !about.is_dir() {
        return Err(StoreError::WrongKind);
    }
    Ok(above.join(os_name(name)?))
}

/// Whether a directory lies there, and no link to one.
fn is_directory(place: &Path) -> Result<bool, StoreError> {
    let about = fs::symlink_metadata(place).map_err(|error| store_error(&error))?;
    Ok(about.is_dir())
}

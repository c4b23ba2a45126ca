//! What changes a tree besides uploads: deleting, making, removing, renaming.

use portolan_wire::report::StoreError;

use super::TreePath;
use super::store::{Directory, Node, Tree};

impl Tree {
    pub(super) fn delete(&mut self, path: &TreePath) -> Result<(), StoreError> {
        let (directory, name) = self.place(path)?;
        let freed = match directory.names.get(name) {
            None => return Err(StoreError::NotFound),
            Some(Node::Directory(_)) => return Err(StoreError::WrongKind),
            Some(Node::File(file)) => file.content.cost(),
        };
        directory.names.remove(name);
        self.release(freed);
        Ok(())
    }

    pub(super) fn make_directory(&mut self, path: &TreePath) -> Result<(), StoreError> {
        let modified = self.time();
        if path.name().is_none() {
            return Err(StoreError::Exists);
        }
        let (directory, name) = self.place(path)?;
        if directory.names.contains_key(name) {
            return Err(StoreError::Exists);
        }
        let made = Node::Directory(Directory::new(modified));
        directory.names.insert(name.to_owned(), made);
        Ok(())
    }

    pub(super) fn remove_directory(&mut self, path: &TreePath) -> Result<(), StoreError> {
        let (directory, name) = self.place(path)?;
        match directory.names.get(name) {
            None => Err(StoreError::NotFound),
            Some(Node::File(_)) => Err(StoreError::WrongKind),
            Some(Node::Directory(inner)) if !inner.names.is_empty() => Err(StoreError::NotEmpty),
            Some(Node::Directory(_)) => {
                directory.names.remove(name);
                Ok(())
            }
        }
    }

    pub(super) fn rename(&mut self, from: &TreePath, to: &TreePath) -> Result<(), StoreError> {
        let is_inside =
            to.names().count() > from.names().count() && from.names().eq(to.names().take(from.names().count()));
        // Both are looked at before anything moves, so that a refusal changes nothing.
        let (source, name) = self.place(from)?;
        let moves_directory = match source.names.get(name) {
            None => return Err(StoreError::NotFound),
            Some(node) => matches!(node, Node::Directory(_)),
        };
        if is_inside {
            return Err(StoreError::WrongKind);
        }
        let (target, name) = self.place(to)?;
        if from == to {
            return Ok(());
        }
        let freed = match target.names.get(name) {
            None => 0,
            Some(Node::Directory(_)) => return Err(StoreError::Exists),
            Some(Node::File(_)) if moves_directory => return Err(StoreError::Exists),
            Some(Node::File(file)) => file.content.cost(),
        };
        let (source, name) = self.place(from)?;
        let Some(moved) = source.names.remove(name) else {
            return Err(StoreError::NotFound);
        };
        let (target, name) = self.place(to)?;
        target.names.insert(name.to_owned(), moved);
        self.release(freed);
        Ok(())
    }

    /// The directory that a path's last name stands in, and that name, if the tree may be changed.
    fn place<'p>(&mut self, path: &'p TreePath) -> Result<(&mut Directory, &'p str), StoreError> {
        let Some((above, _)) = path.split() else {
            // The root can be neither deleted, removed, moved nor replaced.
            return Err(StoreError::Denied);
        };
        let directory = self.changeable(&above)?;
        Ok((directory, path.name().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::{StoreAnswer, StoreRequest};
    use crate::tree::{Content, Quota};

    fn at(path: &str) -> TreePath {
        TreePath::root().join(path)
    }

    fn tree() -> Tree {
        let mut tree = Tree::new(10).with_quota(Quota { bytes: 20 });
        tree.add_file(&at("a/one"), Content::from(&b"0123456789"[..]), 20)
            .unwrap();
        tree.add_file(&at("b/two"), Content::from(&b"01234567"[..]), 20)
            .unwrap();
        tree.add_directory(&at("empty"), 20).unwrap();
        tree
    }

    fn ask(tree: &mut Tree, request: StoreRequest) -> Result<(), StoreError> {
        tree.answer(request).map(|answer| assert_eq!(answer, StoreAnswer::Done))
    }

    fn delete(tree: &mut Tree, path: &str) -> Result<(), StoreError> {
        ask(tree, StoreRequest::Delete { path: at(path) })
    }

    fn rename(tree: &mut Tree, from: &str, to: &str) -> Result<(), StoreError> {
        let (from, to) = (at(from), at(to));
        ask(tree, StoreRequest::Rename { from, to })
    }

    #[test]
    fn what_is_deleted_makes_room() {
        let mut tree = tree();
        let file = || Content::from(&b"0123456789"[..]);
        assert_eq!(tree.add_file(&at("c"), file(), 0), Err(StoreError::Full));
        assert_eq!(delete(&mut tree, "a/one"), Ok(()));
        assert_eq!(delete(&mut tree, "a/one"), Err(StoreError::NotFound));
        assert_eq!(tree.add_file(&at("c"), file(), 0), Ok(()));
        // So does a file that a rename replaces.
        assert_eq!(rename(&mut tree, "b/two", "c"), Ok(()));
        assert_eq!(tree.add_file(&at("d"), file(), 0), Ok(()));
    }

    #[test]
    fn directories_and_files_are_not_taken_for_each_other() {
        let mut tree = tree();
        assert_eq!(delete(&mut tree, "a"), Err(StoreError::WrongKind));
        let mut remove = |path| ask(&mut tree, StoreRequest::RemoveDirectory { path: at(path) });
        assert_eq!(remove("a/one"), Err(StoreError::WrongKind));
        assert_eq!(remove("a"), Err(StoreError::NotEmpty));
        assert_eq!(remove("empty"), Ok(()));
        assert_eq!(remove("empty"), Err(StoreError::NotFound));
        assert_eq!(remove("/"), Err(StoreError::Denied));
        let mut make = |path| ask(&mut tree, StoreRequest::MakeDirectory { path: at(path) });
        assert_eq!(make("a/one"), Err(StoreError::Exists));
        assert_eq!(make("a/new"), Ok(()));
        assert_eq!(make("a/new"), Err(StoreError::Exists));
        assert_eq!(make("nowhere/new"), Err(StoreError::NotFound));
        assert_eq!(make("/"), Err(StoreError::Exists));
    }

    #[test]
    fn a_rename_moves_all_or_nothing() {
        let mut tree = tree();
        assert_eq!(rename(&mut tree, "a", "a/inside"), Err(StoreError::WrongKind));
        assert_eq!(rename(&mut tree, "a", "b"), Err(StoreError::Exists));
        assert_eq!(rename(&mut tree, "a", "b/two"), Err(StoreError::Exists));
        assert_eq!(rename(&mut tree, "a", "nowhere/a"), Err(StoreError::NotFound));
        assert_eq!(rename(&mut tree, "nothing", "c"), Err(StoreError::NotFound));
        assert_eq!(rename(&mut tree, "a/one", "a/one"), Ok(()));
        assert_eq!(rename(&mut tree, "a", "b/a"), Ok(()));
        assert_eq!(tree.content(&at("b/a/one")).unwrap().size(), 10);
        assert!(tree.content(&at("a/one")).is_err());
    }

    #[test]
    fn nothing_changes_in_a_tree_that_is_only_read() {
        let mut tree = tree().read_only();
        assert_eq!(delete(&mut tree, "a/one"), Err(StoreError::Denied));
        assert_eq!(rename(&mut tree, "a/one", "c"), Err(StoreError::Denied));
    }
}

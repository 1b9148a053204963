//! Which file of a crate uses which: what its `use` items and its paths name.
//!
//! Names are followed through re-exports to the file that has the thing itself, so that a facade (`pub use`) is no use of
//! what it hands on. What is under `#[cfg(test)]` does not count, nor do methods: they name no file.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use syn::{Item, UseTree, Visibility};

/// A module's path within its crate: empty for the root.
type Module = Vec<String>;

/// An imported name: what it is called here, the path that it stands for, and whether it is handed on.
struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
}

/// What a file says.
#[derive(Default)]
struct Source {
    /// Where it lies below `src`.
    file: String,
    /// The names that it defines itself, inline modules among them.
    defined: BTreeSet<String>,
    imports: Vec<Import>,
    /// Every path outside of its `use` items, single names included.
    paths: BTreeSet<Vec<String>>,
}

/// The files of a crate by their modules.
pub(crate) struct Crate(BTreeMap<Module, Source>);

impl Crate {
    /// Reads the crate whose sources lie in `src`.
    pub(crate) fn read(src: &Path) -> Self {
        let mut sources = BTreeMap::new();
        for path in files(src) {
            let below = path.strip_prefix(src).unwrap();
            let mut module: Module =
                below.with_extension("").iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
                module.pop();
            }
            let parsed = syn::parse_file(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let mut source = Source { file: below.to_str().unwrap().to_owned(), ..Source::default() };
            parsed.items.into_iter().for_each(|item| source.take(item));
            sources.insert(module, source);
        }
        Self(sources)
    }

    /// For each file the files that it uses.
    pub(crate) fn uses(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let mut uses = BTreeMap::new();
        for (module, source) in &self.0 {
            let handed_on = |import: &&Import| {
                let name = std::slice::from_ref(&import.name);
                !import.is_public || source.paths.iter().any(|path| path.starts_with(name))
            };
            let imported = source.imports.iter().filter(handed_on).map(|import| &import.path);
            // A single name is defined here, or imported, which counts already.
            let paths = source.paths.iter().filter(|path| path.len() > 1);
            let used = imported.chain(paths).filter_map(|path| self.file_of(module, path, 0));
            let others = used.filter(|file| *file != source.file && !self.is_above(file, module));
            uses.insert(source.file.as_str(), others.collect());
        }
        uses
    }

    /// Whether `file` is that of a module around `module`: what a room's own file says is said for all that is in the room.
    fn is_above(&self, file: &str, module: &Module) -> bool {
        (0..module.len()).any(|above| self.0.get(&module[..above]).is_some_and(|source| source.file == file))
    }

    /// The file that has what `path` names in `module`; `None` where it is of another crate.
    fn file_of(&self, module: &Module, path: &[String], depth: usize) -> Option<&str> {
        // Re-exports do not go round in circles; this is for those that glob imports seem to make.
        if depth > 16 {
            return None;
        }
        let source = self.0.get(module)?;
        let Some((first, rest)) = path.split_first() else { return Some(&source.file) };
        match first.as_str() {
            "crate" => return self.file_of(&Module::new(), rest, depth + 1),
            "self" => return self.file_of(module, rest, depth + 1),
            "super" => {
                let (_, above) = module.split_last()?;
                return self.file_of(&above.to_vec(), rest, depth + 1);
            }
            _ => {}
        }
        if source.defined.contains(first) {
            return Some(&source.file);
        }
        let child: Module = module.iter().chain([first]).cloned().collect();
        if self.0.contains_key(&child) {
            return self.file_of(&child, rest, depth + 1);
        }
        let import = source.imports.iter().find(|import| import.name == *first)?;
        let whole: Vec<_> = import.path.iter().chain(rest).cloned().collect();
        if whole.first() == Some(first) {
            return None;
        }
        self.file_of(module, &whole, depth + 1)
    }
}

impl Source {
    fn take(&mut self, item: Item) {
        if is_for_tests(&item) {
            return;
        }
        let name = match &item {
            Item::Use(item) => {
                let is_public = !matches!(item.vis, Visibility::Inherited);
                return self.import(&item.tree, Vec::new(), is_public);
            }
            Item::Mod(item) if item.content.is_none() => return,
            Item::Mod(item) => Some(item.ident.to_string()),
            Item::Const(item) => Some(item.ident.to_string()),
            Item::Enum(item) => Some(item.ident.to_string()),
            Item::Fn(item) => Some(item.sig.ident.to_string()),
            Item::Macro(item) => item.ident.as_ref().map(ToString::to_string),
            Item::Static(item) => Some(item.ident.to_string()),
            Item::Struct(item) => Some(item.ident.to_string()),
            Item::Trait(item) => Some(item.ident.to_string()),
            Item::Type(item) => Some(item.ident.to_string()),
            _ => None,
        };
        self.defined.extend(name);
        self.collect(item.into_token_stream());
    }

    fn import(&mut self, tree: &UseTree, before: Vec<String>, is_public: bool) {
        let with = |name: &syn::Ident| before.iter().cloned().chain([name.to_string()]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, with(&path.ident), is_public),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.import(tree, before.clone(), is_public));
            }
            UseTree::Name(name) if name.ident == "self" => {
                let name = before.last().cloned().unwrap_or_default();
                self.imports.push(Import { name, path: before, is_public });
            }
            UseTree::Name(name) => {
                let path = with(&name.ident);
                self.imports.push(Import { name: name.ident.to_string(), path, is_public });
            }
            UseTree::Rename(name) => {
                let path = with(&name.ident);
                self.imports.push(Import { name: name.rename.to_string(), path, is_public });
            }
            UseTree::Glob(_) => {
                self.imports.push(Import { name: "*".to_owned(), path: before, is_public: false });
            }
        }
    }

    /// Every run of names that colons join, within macros too.
    fn collect(&mut self, tokens: TokenStream) {
        let mut path: Vec<String> = Vec::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Ident(name) => {
                    if colons != 2 {
                        self.paths.insert(std::mem::take(&mut path));
                    }
                    path.push(name.to_string());
                    colons = 0;
                }
                TokenTree::Punct(punct) if punct.as_char() == ':' => colons += 1,
                other => {
                    self.paths.insert(std::mem::take(&mut path));
                    colons = 0;
                    if let TokenTree::Group(group) = other {
                        self.collect(group.stream());
                    }
                }
            }
        }
        self.paths.insert(path);
    }
}

fn is_for_tests(item: &Item) -> bool {
    let attributes = match item {
        Item::Mod(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        _ => return false,
    };
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.to_token_stream().to_string().contains("(test)")
    })
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The circles: sets of files of which each uses, over however many others, each.
pub(crate) fn circles<'a>(uses: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Vec<BTreeSet<&'a str>> {
    let reach = |from: &'a str| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
        while let Some(file) = next.pop() {
            next.extend(uses[file].iter().copied().filter(|used| seen.insert(*used)));
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|file| (*file, reach(file))).collect();
    let mut circles: Vec<BTreeSet<&str>> = Vec::new();
    for (file, used) in &reached {
        if used.contains(file) && !circles.iter().any(|circle| circle.contains(file)) {
            circles.push(used.iter().copied().filter(|other| reached[other].contains(file)).collect());
        }
    }
    circles
}

//! What the rules read from Rust code: functions with their lengths, names of types and modules, macro calls.
//!
//! Code is parsed, not matched by lines; a file that does not parse gives one problem and nothing else.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::tree::File;
use super::{House, Report};

/// What one file declares.
#[derive(Default)]
pub struct Outline {
    /// Every function with a body.
    pub functions: Vec<Function>,
    /// Types, traits and modules: kind, name, line.
    pub items: Vec<(&'static str, String, usize)>,
}

/// A function with a body.
pub struct Function {
    /// Its name.
    pub name: String,
    /// Line of `fn`.
    pub line: usize,
    /// Lines from `fn` to the closing brace.
    pub lines: usize,
    /// Whether it is a test or part of a test module.
    pub in_test: bool,
    /// Whether a trait gave it its name.
    pub of_trait: bool,
}

/// Rule: what ends in `.rs` is Rust.
pub fn parses(house: &House, report: &mut Report<'_>) {
    for file in house.tree.rust() {
        if let Err(error) = syn::parse_file(&file.text) {
            let line = error.span().start().line;
            report.add(&file.path, line, format!("does not parse: {error}"), "see what `cargo check` says");
        }
    }
}

/// What `file` declares; nothing when it does not parse.
pub fn outline(file: &File) -> Outline {
    let mut reader = Reader { in_test: file.is_test(), ..Reader::default() };
    if let Ok(parsed) = syn::parse_file(&file.text) {
        reader.visit_file(&parsed);
    }
    reader.outline
}

/// Line and name of every call of one of `macros`, also inside other macros.
pub fn macro_calls(text: &str, macros: &[&str]) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    if let Ok(tokens) = text.parse::<TokenStream>() {
        scan(tokens, macros, &mut found);
    }
    found
}

/// Whether the file has `#![level(lint)]`.
pub fn has_inner_lint(text: &str, level: &str, lint: &str) -> bool {
    let Ok(parsed) = syn::parse_file(text) else { return false };
    parsed.attrs.iter().any(|attribute| names_lint(attribute, level, lint))
}

/// Whether any module, item or the file itself allows unsafe code.
pub fn allows_unsafe(text: &str) -> bool {
    struct Finder(bool);
    impl<'ast> Visit<'ast> for Finder {
        fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
            self.0 |= names_lint(attribute, "allow", "unsafe_code")
                || names_lint(attribute, "expect", "unsafe_code");
        }
    }
    let mut finder = Finder(false);
    if let Ok(parsed) = syn::parse_file(text) {
        finder.visit_file(&parsed);
    }
    finder.0
}

fn names_lint(attribute: &syn::Attribute, level: &str, lint: &str) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident(level)
        && list
            .tokens
            .clone()
            .into_iter()
            .any(|token| matches!(token, TokenTree::Ident(ident) if ident == lint))
}

fn scan(tokens: TokenStream, macros: &[&str], found: &mut Vec<(usize, String)>) {
    let mut before: Option<proc_macro2::Ident> = None;
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                scan(group.stream(), macros, found);
                before = None;
            }
            TokenTree::Ident(ident) => before = Some(ident),
            TokenTree::Punct(punct) if punct.as_char() == '!' => {
                if let Some(name) = before.take().filter(|name| macros.iter().any(|word| name == word)) {
                    found.push((name.span().start().line, name.to_string()));
                }
            }
            _ => before = None,
        }
    }
}

#[derive(Default)]
struct Reader {
    outline: Outline,
    in_test: bool,
    of_trait: bool,
}

impl Reader {
    fn function(&mut self, attributes: &[syn::Attribute], signature: &syn::Signature, block: &syn::Block) {
        let line = signature.fn_token.span().start().line;
        let end = block.brace_token.span.close().end().line;
        let in_test = self.in_test || attributes.iter().any(is_test);
        let name = signature.ident.to_string();
        let lines = end - line + 1;
        self.outline.functions.push(Function { name, line, lines, in_test, of_trait: self.of_trait });
    }

    fn item(&mut self, kind: &'static str, name: &syn::Ident) {
        self.outline.items.push((kind, name.to_string(), name.span().start().line));
    }
}

/// `#[test]`, `#[tokio::test]` and `#[cfg(test)]`.
fn is_test(attribute: &syn::Attribute) -> bool {
    let named = attribute.path().segments.last().is_some_and(|last| last.ident == "test");
    let configured = attribute.path().is_ident("cfg")
        && attribute.parse_args::<syn::Ident>().is_ok_and(|condition| condition == "test");
    named || configured
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.function(&item.attrs, &item.sig, block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        let outer = std::mem::replace(&mut self.of_trait, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.of_trait = outer;
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.item("module", &item.ident);
        let outer = self.in_test;
        self.in_test |= item.attrs.iter().any(is_test);
        visit::visit_item_mod(self, item);
        self.in_test = outer;
    }

    fn visit_item_struct(&mut self, item: &'ast syn::ItemStruct) {
        self.item("struct", &item.ident);
        visit::visit_item_struct(self, item);
    }

    fn visit_item_enum(&mut self, item: &'ast syn::ItemEnum) {
        self.item("enum", &item.ident);
        visit::visit_item_enum(self, item);
    }

    fn visit_item_trait(&mut self, item: &'ast syn::ItemTrait) {
        self.item("trait", &item.ident);
        visit::visit_item_trait(self, item);
    }

    fn visit_item_type(&mut self, item: &'ast syn::ItemType) {
        self.item("type", &item.ident);
        visit::visit_item_type(self, item);
    }
}

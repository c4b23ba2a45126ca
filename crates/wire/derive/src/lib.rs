//! `#[derive(Plain)]`: writes a type's `portolan_wire::plain::Plain`, so that nobody lists its fields a second time.
//!
//! A struct's fields stand one after the other. An enum's variant is its number, from 0, and then its fields.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Data, DeriveInput, Error, Fields, Ident, Index, Member};

/// Derives `Plain` for a struct, or for an enum of one to 256 variants. Neither may be generic: none of ours is.
#[proc_macro_derive(Plain)]
pub fn derive_plain(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as DeriveInput);
    plain(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn plain(input: &DeriveInput) -> Result<TokenStream, Error> {
    let name = &input.ident;
    if !input.generics.params.is_empty() {
        return Err(Error::new_spanned(
            &input.generics,
            "Plain is not derived for generic types",
        ));
    }
    let (put, take) = match &input.data {
        Data::Struct(data) => of_struct(&data.fields),
        Data::Enum(data) => {
            let variants = data.variants.iter().map(|variant| (&variant.ident, &variant.fields));
            of_enum(name, &variants.collect::<Vec<_>>())?
        }
        Data::Union(_) => return Err(Error::new_spanned(name, "Plain is not derived for unions")),
    };
    Ok(quote! {
        impl ::portolan_wire::plain::Plain for #name {
            fn put(&self, to: &mut ::std::vec::Vec<u8>) { #put }
            fn take(from: &mut ::portolan_wire::plain::Reader<'_>) -> Self { #take }
        }
    })
}

/// How a struct is put and taken.
fn of_struct(fields: &Fields) -> (TokenStream, TokenStream) {
    let (pattern, put, take) = (pattern(fields), put(fields), take(fields));
    (quote! { let Self #pattern = self; #put }, quote! { Self #take })
}

/// How an enum is put and taken.
fn of_enum(name: &Ident, variants: &[(&Ident, &Fields)]) -> Result<(TokenStream, TokenStream), Error> {
    let Some(((first, fields), others)) = variants.split_first() else {
        return Err(Error::new_spanned(name, "an enum without variants has no bytes"));
    };
    let count = u8::try_from(others.len())
        .map_err(|_| Error::new_spanned(name, "a variant's number is one byte: at most 256"))?;
    let puts = (0..=count).zip(variants).map(|(number, (variant, fields))| {
        let (pattern, put) = (pattern(fields), put(fields));
        quote! { Self::#variant #pattern => { to.push(#number); #put } }
    });
    let takes = (1..=count).zip(others).map(|(number, (variant, fields))| {
        let take = take(fields);
        quote! { #number => Self::#variant #take, }
    });
    let take = take(fields);
    Ok((
        quote! { match self { #(#puts)* } },
        quote! { match from.variant(#count) { #(#takes)* _ => Self::#first #take } },
    ))
}

/// Fields by name or number, each bound to a name of its own.
fn pattern(fields: &Fields) -> TokenStream {
    let bound = members(fields)
        .into_iter()
        .map(|(member, name)| quote! { #member: #name });
    quote! { { #(#bound),* } }
}

fn put(fields: &Fields) -> TokenStream {
    let names = members(fields).into_iter().map(|(_, name)| name);
    quote! { #(::portolan_wire::plain::Plain::put(#names, to);)* }
}

/// Rust works a literal's fields out in the order in which they are written, which is the type's own.
fn take(fields: &Fields) -> TokenStream {
    let taken = members(fields).into_iter().map(|(member, _)| {
        quote! { #member: ::portolan_wire::plain::Plain::take(from) }
    });
    quote! { { #(#taken),* } }
}

fn members(fields: &Fields) -> Vec<(Member, Ident)> {
    let members = fields.iter().enumerate().map(|(number, field)| {
        let member = match &field.ident {
            Some(name) => Member::Named(name.clone()),
            None => Member::Unnamed(Index::from(number)),
        };
        (member, format_ident!("field_{number}"))
    });
    members.collect()
}

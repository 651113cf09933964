//! Chapter 21: calls from afar.
//!
//! [`Procedures`] are functions that programs elsewhere call by their names: in XML-RPC, in
//! JSON-RPC 2.0, or both, at one path of a site ([`rpc`]). And the clients of both, [`XmlRpc`] and
//! [`JsonRpc`].

// All of chapter 19; what is named below is new, or takes the place of the old one.
pub use ch19::*;

mod documentation;
mod fault;
mod json_rpc;
mod json_value;
mod parse_xml;
mod procedures;
mod rpc;
mod rpc_client;
mod shop;
mod value;
mod xml_read;
mod xml_write;

pub use documentation::documentation;
pub use fault::Fault;
pub use json_rpc::{MAX_BATCH, answer_json};
pub use json_value::{from_json, to_json};
pub use parse_xml::parse_xml;
pub use procedures::{Arguments, MAX_CALLS, Procedure, Procedures};
pub use rpc::{MAX_CALL, rpc};
pub use rpc_client::{CallError, JsonRpc, XmlRpc};
pub use shop::{add_samples, shop};
pub use value::{Kind, MAX_DEPTH, Value};
pub use xml_read::{MethodCall, read_call, read_response};
pub use xml_write::{write_call, write_response};

//! What chapter 21 promises.

#[path = "ch21/json_rpc.rs"]
mod json_rpc;
#[path = "ch21/json_value.rs"]
mod json_value;
#[path = "ch21/procedures.rs"]
mod procedures;
#[path = "ch21/rpc.rs"]
mod rpc;
#[path = "ch21/rpc_client.rs"]
mod rpc_client;
#[path = "ch21/shop.rs"]
mod shop;
#[path = "ch21/site.rs"]
mod site;
#[path = "ch21/value.rs"]
mod value;
#[path = "ch21/values.rs"]
mod values;
#[path = "ch21/xml_read.rs"]
mod xml_read;
#[path = "ch21/xml_write.rs"]
mod xml_write;

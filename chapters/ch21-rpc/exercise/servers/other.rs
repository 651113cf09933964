//! Right, and written differently: what is written has line feeds in it and other names for the same
//! types, characters stand there as their numbers, documents are read by their values from the
//! inside out, and a call of JSON is first turned into what is wrong with it.

pub use chapter::*;

pub use own_json::answer_json;
pub use own_rpc::rpc;
pub use own_xml::{read_call, read_response, write_call, write_response};

mod own_xml {
    use chapter::{Fault, MAX_DEPTH, MethodCall, Value};
    use std::fmt::Write;

    pub fn read_call(bytes: &[u8]) -> Result<MethodCall, Fault> {
        let mut call = chapter::read_call(&unfolded(bytes))?;
        call.arguments.iter_mut().for_each(refold);
        Ok(call)
    }

    pub fn read_response(bytes: &[u8]) -> Result<Result<Value, Fault>, Fault> {
        chapter::read_response(bytes)
    }

    /// As it is: what stands between two elements is nothing.
    fn unfolded(bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    /// A value is what it is.
    fn refold(_: &mut Value) {}

    pub fn write_call(name: &str, arguments: &[Value]) -> Result<String, Fault> {
        // It knows what cannot be written.
        chapter::write_call(name, arguments)?;
        let mut out = format!("{HEAD}<methodCall>\n<methodName>{}</methodName>\n", text(name));
        params(&mut out, arguments);
        Ok(out + "</methodCall>\n")
    }

    pub fn write_response(outcome: &Result<Value, Fault>) -> String {
        let mut out = format!("{HEAD}<methodResponse>\n");
        match outcome {
            Ok(result) if chapter::write_call("any", std::slice::from_ref(result)).is_ok() => {
                params(&mut out, std::slice::from_ref(result));
            }
            _ => return chapter::write_response(outcome),
        }
        out + "</methodResponse>\n"
    }
}

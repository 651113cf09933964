//! Makes archives, and exports as each learning platform makes them, of people whom nobody knows.

#![allow(dead_code, reason = "each test program uses what it needs")]

pub mod exports;

use flate2::Compression;
use flate2::write::GzEncoder;
use sevenz_rust2::{ArchiveEntry, ArchiveWriter};
use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A zip of these files.
pub fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        match path.strip_suffix('/') {
            Some(folder) => zip.add_directory(folder, SimpleFileOptions::default()).unwrap(),
            None => {
                zip.start_file(*path, SimpleFileOptions::default()).unwrap();
                zip.write_all(bytes).unwrap();
            }
        }
    }
    zip.finish().unwrap().into_inner()
}

/// A zip with one file whose name is these bytes, of which nothing says how they are to be read.
pub fn old_zip(name: &[u8], bytes: &[u8]) -> Vec<u8> {
    // As long as the name, and ASCII, so that no flag is set; then the name is written over it.
    let plain = "n".repeat(name.len());
    let mut zip = zip(&[(&plain, bytes)]);
    for at in 0..zip.len() - name.len() {
        if zip[at..at + name.len()] == *plain.as_bytes() {
            zip[at..at + name.len()].copy_from_slice(name);
        }
    }
    zip
}

/// A tar of these files.
pub fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = ::tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        // Not by `set_path`, which refuses what tests are about.
        let field = &mut header.as_gnu_mut().unwrap().name;
        field[..path.len()].copy_from_slice(path.as_bytes());
        header.set_cksum();
        tar.append(&header, *bytes).unwrap();
    }
    tar.into_inner().unwrap()
}

/// These bytes, packed with gzip.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(bytes).unwrap();
    gzip.finish().unwrap()
}

/// A 7z of these files.
pub fn seven_zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ArchiveWriter::new(Cursor::new(Vec::new())).unwrap();
    for (path, bytes) in files {
        writer.push_archive_entry(ArchiveEntry::new_file(path), Some(*bytes)).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

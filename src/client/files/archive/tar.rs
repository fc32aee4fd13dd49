//! The little of tar (POSIX pax, IEEE 1003.1) that folders need: files and folders, named in UTF-8. Bytes to values and
//! back; it neither reads nor writes any file.
//!
//! Other kinds of members, such as links and devices, are never written and never read: one of them makes an archive
//! that is not unpacked.

/// Everything in tar comes in blocks of this.
pub(super) const BLOCK: u64 = 512;

/// A header.
pub(super) type Block = [u8; 512];

/// Two empty blocks end an archive.
pub(super) const END: u64 = 2 * BLOCK;

/// The longest extended header that is read: a path and a size, and what others add to that.
const LONGEST_EXTENSION: u64 = 64 * 1024;

/// What fits into the plain header's eleven octal digits.
const LARGEST_PLAIN: u64 = 0o777_7777_7777;

/// What fits into the plain header's field for the name.
const LONGEST_PLAIN: usize = 100;

/// Permissions of a file, as every other program should set them when it unpacks.
const PLAIN: &str = "0000644";

/// The same of a program, and of a folder.
const EXECUTABLE: &str = "0000755";

/// Among permissions, that the owner may run it.
const OWNER_RUNS_IT: u64 = 0o100;

/// One file or folder in an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Its path, with slashes, without one at the end.
    pub(super) path: String,
    /// What it is.
    pub(super) kind: Kind,
    /// Its date, in seconds since 1970.
    pub(super) modified: u64,
    /// Whether it is a program, as far as its owner is concerned. Of all permissions that tar knows no other passes.
    pub(super) is_executable: bool,
}

/// What a member is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A file with so many bytes.
    File(u64),
    /// A folder.
    Folder,
}

impl Member {
    /// How many bytes follow its header, without what fills their last block.
    pub(super) fn size(&self) -> u64 {
        match self.kind {
            Kind::File(size) => size,
            Kind::Folder => 0,
        }
    }

    /// What stands before its bytes.
    pub(super) fn header(&self) -> Vec<u8> {
        let path = match self.kind {
            Kind::File(_) => self.path.clone(),
            Kind::Folder => format!("{}/", self.path),
        };
        let mut records = Vec::new();
        if path.len() > LONGEST_PLAIN || !path.is_ascii() {
            records.extend(record("path", &path));
        }
        if self.size() > LARGEST_PLAIN {
            records.extend(record("size", &self.size().to_string()));
        }
        let mut header = Vec::new();
        if !records.is_empty() {
            header.extend(block("PaxHeader", b'x', records.len() as u64, self.modified, PLAIN));
            header.extend(&records);
            header.resize(header.len() + usize::try_from(padding(records.len() as u64)).unwrap_or(0), 0);
        }
        let flag = if self.kind == Kind::Folder { b'5' } else { b'0' };
        let mode = if self.kind == Kind::Folder || self.is_executable { EXECUTABLE } else { PLAIN };
        header.extend(block(&path, flag, self.size(), self.modified, mode));
        header
    }
}

/// What fills the last block of so many bytes.
pub(super) fn padding(length: u64) -> u64 {
    length.next_multiple_of(BLOCK) - length
}

/// A line of an extended header; its length counts itself.
fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while length != rest + length.to_string().len() {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n").into_bytes()
}

fn block(path: &str, flag: u8, size: u64, modified: u64, mode: &str) -> Block {
    let mut block: Block = [0; 512];
    let mut put = |at: usize, text: &str| block[at..at + text.len()].copy_from_slice(text.as_bytes());
    let plain: String = path.chars().map(|c| if c.is_ascii() { c } else { '_' }).take(LONGEST_PLAIN).collect();
    put(0, &plain);
    put(100, mode);
    put(108, "0000000");
    put(116, "0000000");
    put(124, &format!("{:011o}", if size > LARGEST_PLAIN { 0 } else { size }));
    put(136, &format!("{:011o}", modified.min(LARGEST_PLAIN)));
    put(148, "        ");
    put(257, "ustar\x0000");
    block[156] = flag;
    let sum = format!("{:06o}\0 ", sum(&block));
    block[148..156].copy_from_slice(sum.as_bytes());
    block
}

fn sum(block: &[u8]) -> u64 {
    block.iter().map(|byte| u64::from(*byte)).sum()
}

/// What a header block is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// A member; its bytes follow.
    Member(Member),
    /// So many bytes follow that say more about the next member.
    Extension(u64),
    /// The end of the archive.
    End,
}

/// Reads a header block, given what an extended header said about it; the error is what is wrong, in words.
pub(super) fn read(block: &Block, extended: Extended) -> Result<Header, String> {
    if block.iter().all(|byte| *byte == 0) {
        return Ok(Header::End);
    }
    let mut unsummed = *block;
    unsummed[148..156].fill(b' ');
    if octal(&block[148..156]) != Some(sum(&unsummed)) {
        return Err("it is no tar archive".to_owned());
    }
    let size = extended.size.or(octal(&block[124..136])).ok_or("a size is no number")?;
    let modified = octal(&block[136..148]).unwrap_or(0);
    let kind = match block[156] {
        b'0' | 0 => Kind::File(size),
        b'5' => Kind::Folder,
        b'x' if size <= LONGEST_EXTENSION => return Ok(Header::Extension(size)),
        b'x' => return Err("a header is too long".to_owned()),
        b'1' | b'2' => return Err("it holds a link".to_owned()),
        b'3' | b'4' | b'6' => return Err("it holds a device".to_owned()),
        _ => return Err("it holds something that is neither file nor folder".to_owned()),
    };
    let path = extended.path.map_or_else(|| plain_path(block), Ok)?;
    let runs = octal(&block[100..108]).is_some_and(|mode| mode & OWNER_RUNS_IT != 0);
    let is_executable = runs && kind != Kind::Folder;
    let path = path.strip_suffix('/').unwrap_or(&path).to_owned();
    Ok(Header::Member(Member { path, kind, modified, is_executable }))
}

/// The path without an extended header: a name, and before it a prefix that others write.
fn plain_path(block: &Block) -> Result<String, String> {
    let (name, prefix) = (text(&block[..100])?, text(&block[345..500])?);
    let has_prefix = &block[257..263] == b"ustar\0" && !prefix.is_empty();
    Ok(if has_prefix { format!("{prefix}/{name}") } else { name.to_owned() })
}

fn text(field: &[u8]) -> Result<&str, String> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    std::str::from_utf8(&field[..end]).map_err(|_| "a name is not UTF-8".to_owned())
}

fn octal(field: &[u8]) -> Option<u64> {
    let digits = std::str::from_utf8(field).ok()?.trim_matches([' ', '\0']);
    u64::from_str_radix(digits, 8).ok()
}

/// What an extended header says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Extended {
    path: Option<String>,
    size: Option<u64>,
}

impl Extended {
    /// Reads its records; those that change nothing here are skipped.
    pub(super) fn read(mut records: &[u8]) -> Result<Self, String> {
        let wrong = || "an extended header is broken".to_owned();
        let mut extended = Extended::default();
        while !records.is_empty() {
            let space = records.iter().position(|byte| *byte == b' ').ok_or_else(wrong)?;
            let length = std::str::from_utf8(&records[..space]).ok().and_then(|length| length.parse::<usize>().ok());
            let length = length.filter(|length| *length > space && *length <= records.len()).ok_or_else(wrong)?;
            let line = std::str::from_utf8(&records[space + 1..length]).map_err(|_| wrong())?;
            let (key, value) = line.strip_suffix('\n').and_then(|line| line.split_once('=')).ok_or_else(wrong)?;
            match key {
                "path" => extended.path = Some(value.to_owned()),
                "size" => extended.size = Some(value.parse().map_err(|_| wrong())?),
                _ => {}
            }
            records = &records[length..];
        }
        Ok(extended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Member {
        Member { path: path.to_owned(), kind: Kind::File(size), modified: 1_700_000_000, is_executable: false }
    }

    /// What a header says to who reads it block after block.
    fn read_back(header: &[u8]) -> Result<Header, String> {
        let first = header[..512].try_into().unwrap();
        match read(&first, Extended::default())? {
            Header::Extension(length) => {
                let extended = Extended::read(&header[512..512 + usize::try_from(length).unwrap()])?;
                read(header[header.len() - 512..].try_into().unwrap(), extended)
            }
            other @ (Header::Member(_) | Header::End) => Ok(other),
        }
    }

    #[test]
    fn what_is_written_is_read_the_same() {
        let folder = Member { path: "a/b".to_owned(), kind: Kind::Folder, modified: 0, is_executable: false };
        let program = Member { is_executable: true, ..file("install.sh", 9) };
        let long = "x/".repeat(300) + "y";
        for member in
            [file("a", 0), file("a b/ü.txt", 5), file(&long, 1), file("big", LARGEST_PLAIN + 7), folder, program]
        {
            let header = member.header();
            assert_eq!(header.len() % 512, 0);
            assert_eq!(read_back(&header), Ok(Header::Member(member)));
        }
    }

    #[test]
    fn the_length_of_a_record_counts_itself() {
        for length in [1, 2, 85, 86, 87, 88, 89, 90, 91, 92, 93, 980, 985, 990] {
            let record = record("path", &"x".repeat(length));
            let told: usize = std::str::from_utf8(&record).unwrap().split(' ').next().unwrap().parse().unwrap();
            assert_eq!(told, record.len());
        }
    }

    #[test]
    fn links_devices_and_other_kinds_are_refused() {
        for flag in [b'1', b'2', b'3', b'4', b'6', b'7', b'L', b'K', b'g', b'S', b'V'] {
            assert!(read(&block("a", flag, 0, 0, PLAIN), Extended::default()).is_err(), "{}", char::from(flag));
        }
    }

    #[test]
    fn of_all_permissions_only_the_owners_to_run_it_is_read() {
        let executable = |mode| match read(&block("a", b'0', 0, 0, mode), Extended::default()) {
            Ok(Header::Member(member)) => member.is_executable,
            other => panic!("{other:?}"),
        };
        assert!(executable("0000755") && executable("0000700") && executable("0007777"));
        assert!(!executable("0000644") && !executable("0006011") && !executable("") && !executable("x"));
    }

    #[test]
    fn what_is_no_header_is_refused() {
        assert!(read(&[b'x'; 512], Extended::default()).is_err());
        assert_eq!(read(&[0; 512], Extended::default()), Ok(Header::End));
        for broken in ["", "x", "5", "99 path=a\n", "3 a\n", "0 path=a\n", "10 path\u{0}a\n", "9 path=a"] {
            let read = Extended::read(broken.as_bytes());
            assert!(read.is_err() || broken.is_empty(), "{broken:?}: {read:?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_that_is_read_panics(mut bytes in proptest::collection::vec(proptest::num::u8::ANY, 512), records in "\\PC{0,80}") {
            let summed = {
                bytes[148..156].fill(b' ');
                format!("{:06o}\0 ", sum(&bytes))
            };
            bytes[148..156].copy_from_slice(summed.as_bytes());
            let _ = read(&bytes.try_into().unwrap(), Extended::default());
            let _ = Extended::read(records.as_bytes());
        }
    }
}

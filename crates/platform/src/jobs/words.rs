//! What came of a run in words, Chinese and English. The store keeps them as one text, a line each.

use bowei_store::StoreError;
use std::error::Error;

/// Bytes of a run's words that are kept, of each language.
const MAX_BYTES: usize = 1_024;

/// What came of a run: in both languages, or in none where there is nothing to tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    zh: String,
    en: String,
}

impl Words {
    /// Nothing to tell.
    pub(crate) fn none() -> Self {
        Self::default()
    }

    /// Something to tell.
    pub(crate) fn new(zh: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        let mut words = Self::none();
        words.and(zh, en);
        words
    }

    /// Something to tell if there is.
    pub(crate) fn when(is_told: bool, zh: impl AsRef<str>, en: impl AsRef<str>) -> Self {
        if is_told { Self::new(zh, en) } else { Self::none() }
    }

    /// And this as well.
    pub(crate) fn and(&mut self, zh: impl AsRef<str>, en: impl AsRef<str>) {
        for (joined, more, comma) in [(&mut self.zh, zh.as_ref(), "，"), (&mut self.en, en.as_ref(), ", ")] {
            if !joined.is_empty() {
                joined.push_str(comma);
            }
            joined.push_str(more);
        }
    }

    /// Why a run failed. An error's own words are the technician's, and English: Chinese goes before them.
    pub(super) fn failed(error: &(dyn Error + 'static)) -> Self {
        let why = match error.downcast_ref::<StoreError>() {
            None => "出错",
            Some(StoreError::Conflict(_)) => "与已有数据冲突",
            Some(StoreError::Outdated { .. }) => "数据已被他人更改",
            Some(StoreError::Overloaded { .. }) => "存储繁忙",
            Some(StoreError::Contended(_)) => "与其他节点的写入冲突",
            Some(StoreError::Unavailable(_)) => "存储不可用",
            Some(StoreError::Unreadable(_)) => "存储中的数据无法读取",
        };
        Self::new(format!("未完成，{why}：{error}"), format!("not done: {error}"))
    }

    /// As they are kept; empty where there is nothing to tell.
    pub(super) fn kept(&self) -> String {
        if self.zh.is_empty() && self.en.is_empty() {
            return String::new();
        }
        let line = |words: &str| {
            let end = words.floor_char_boundary(MAX_BYTES);
            words.get(..end).unwrap_or_default().replace('\n', " ")
        };
        format!("{}\n{}", line(&self.zh), line(&self.en))
    }

    /// From what is kept, Chinese and English. A version before kept one language alone: its words stand for both.
    pub(crate) fn read(kept: &str) -> (String, String) {
        let (zh, en) = kept.split_once('\n').unwrap_or((kept, kept));
        (zh.to_owned(), en.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_come_back_each_cut_and_on_a_line_of_its_own() {
        let mut words = Words::new("删除 2 张照片", "2 pictures are deleted");
        words.and("保留 1 张", "1 is kept");
        let read = Words::read(&words.kept());
        assert_eq!(
            read,
            ("删除 2 张照片，保留 1 张".to_owned(), "2 pictures are deleted, 1 is kept".to_owned())
        );
        assert_eq!(Words::none().kept(), "");
        assert_eq!(Words::read("said by a version before").0, "said by a version before");
        let long = Words::new("字\n".repeat(1_000), "word\n".repeat(1_000));
        let (zh, en) = Words::read(&long.kept());
        assert!(zh.starts_with("字 字") && zh.len() <= MAX_BYTES, "{zh}");
        assert!(en.starts_with("word word") && en.len() == MAX_BYTES && !en.contains('\n'), "{en}");
    }

    #[test]
    fn why_a_run_failed_is_said_in_chinese_before_the_errors_own_words() {
        let away = StoreError::Unavailable("nobody answers".to_owned());
        let (zh, en) = Words::read(&Words::failed(&away).kept());
        assert!(zh.starts_with("未完成，存储不可用：") && en.starts_with("not done: "), "{zh} {en}");
        assert!(zh.contains("nobody answers") && en.contains("nobody answers"), "{zh} {en}");
    }
}

//! Rows in a Parquet file, which every tool for large tables reads.

use super::ends::{PAGES_WAITING, Pages, Paging};
use super::sums::{Row, Sum, Value};
use super::tables::{Kind, Table};
use crate::{Result, StoreError};
use parquet::basic::{Compression, ConvertedType, Repetition, Type as Physical, ZstdLevel};
use parquet::column::reader::ColumnReader;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::Type;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Rows of a group, which are in memory together when they are written or read: ledger rows of 1.5 KB make 30 MB.
const GROUP_ROWS: usize = 20_000;

/// Writes rows to a file, in groups, and has them on stable storage. Waits for the rows: for a thread of its own.
pub fn write_parquet(path: &Path, table: &'static Table, mut rows: Pages) -> Result<Sum> {
    let wrong = |error: ParquetError| named(path, &error);
    let disk = |error: std::io::Error| {
        StoreError::Unavailable(format!("{} cannot be written: {error}", path.display()))
    };
    let file = File::create(path).map_err(disk)?;
    let kept = file.try_clone().map_err(disk)?;
    let properties =
        WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let schema = Arc::new(schema(table).map_err(wrong)?);
    let mut writer = SerializedFileWriter::new(file, schema, Arc::new(properties)).map_err(wrong)?;
    let mut sum = Sum::default();
    let mut group = Vec::new();
    loop {
        let page = rows.blocking_recv().transpose()?;
        let ended = page.is_none();
        for row in page.into_iter().flatten() {
            sum.add(&row);
            group.push(row);
        }
        if group.len() >= GROUP_ROWS || (ended && !group.is_empty()) {
            write_group(&mut writer, table, &std::mem::take(&mut group)).map_err(wrong)?;
        }
        if ended {
            break;
        }
    }
    writer.close().map_err(wrong)?;
    kept.sync_all().map_err(disk)?;
    Ok(sum)
}

/// The rows of a file.
pub fn read_parquet(path: &Path, table: &'static Table) -> Result<Pages> {
    let file = File::open(path)
        .map_err(|error| StoreError::Unavailable(format!("{} cannot be read: {error}", path.display())))?;
    let reader = SerializedFileReader::new(file).map_err(|error| named(path, &error))?;
    let (sender, pages) = mpsc::channel(PAGES_WAITING);
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || {
        for number in 0..reader.num_row_groups() {
            let mut paging = Paging::default();
            match read_group(&reader, number, table) {
                Ok(rows) => {
                    for row in rows {
                        if let Some(page) = paging.add(row)
                            && sender.blocking_send(Ok(page)).is_err()
                        {
                            return;
                        }
                    }
                    let _ = sender.blocking_send(Ok(paging.rest()));
                }
                Err(error) => {
                    let _ = sender.blocking_send(Err(named(&path, &error)));
                    return;
                }
            }
        }
    });
    Ok(pages)
}

fn named(path: &Path, error: &ParquetError) -> StoreError {
    StoreError::Unreadable(format!("{}: {error}", path.display()))
}

fn schema(table: &Table) -> parquet::errors::Result<Type> {
    let columns = table.columns.iter().map(|column| {
        let (physical, converted) = match column.kind {
            Kind::Int => (Physical::INT64, ConvertedType::NONE),
            Kind::Bool => (Physical::BOOLEAN, ConvertedType::NONE),
            Kind::Text | Kind::Clean => (Physical::BYTE_ARRAY, ConvertedType::UTF8),
            Kind::Bytes => (Physical::BYTE_ARRAY, ConvertedType::NONE),
        };
        let repetition = if column.optional { Repetition::OPTIONAL } else { Repetition::REQUIRED };
        let column = Type::primitive_type_builder(column.name, physical)
            .with_converted_type(converted)
            .with_repetition(repetition)
            .build()?;
        Ok(Arc::new(column))
    });
    let columns = columns.collect::<parquet::errors::Result<Vec<_>>>()?;
    Type::group_type_builder(table.name).with_fields(columns).build()
}

fn write_group(
    writer: &mut SerializedFileWriter<File>,
    table: &Table,
    rows: &[Row],
) -> parquet::errors::Result<()> {
    let mut group = writer.next_row_group()?;
    for (number, column) in table.columns.iter().enumerate() {
        let Some(mut into) = group.next_column()? else { continue };
        let values = || rows.iter().filter_map(|row| row.get(number)).filter(|value| **value != Value::Null);
        let levels: Option<Vec<i16>> = column
            .optional
            .then(|| rows.iter().map(|row| i16::from(row.get(number) != Some(&Value::Null))).collect());
        let levels = levels.as_deref();
        match into.untyped() {
            ColumnWriter::Int64ColumnWriter(into) => {
                let values: Vec<i64> = values().filter_map(Value::number).collect();
                into.write_batch(&values, levels, None)?;
            }
            ColumnWriter::BoolColumnWriter(into) => {
                let values: Vec<bool> = values().map(|value| *value == Value::Bool(true)).collect();
                into.write_batch(&values, levels, None)?;
            }
            ColumnWriter::ByteArrayColumnWriter(into) => {
                let values: Vec<ByteArray> = values()
                    .map(|value| match value {
                        Value::Bytes(bytes) => ByteArray::from(bytes.clone()),
                        other => ByteArray::from(other.words()),
                    })
                    .collect();
                into.write_batch(&values, levels, None)?;
            }
            _ => return Err(ParquetError::General(format!("a column {} of another kind", column.name))),
        }
        into.close()?;
    }
    group.close().map(drop)
}

fn read_group(
    reader: &SerializedFileReader<File>,
    number: usize,
    table: &Table,
) -> parquet::errors::Result<Vec<Row>> {
    let group = reader.get_row_group(number)?;
    let count = usize::try_from(group.metadata().num_rows()).unwrap_or(0);
    let mut rows: Vec<Row> = vec![Vec::with_capacity(table.columns.len()); count];
    let held = group.metadata().schema_descr();
    for column in table.columns {
        let Some(number) = held.columns().iter().position(|held| held.name() == column.name) else {
            // A file of an older version has no such column.
            let before = match column.before {
                Some(before) => Value::Text(before.to_owned()),
                None if column.optional => Value::Null,
                None => return Err(ParquetError::General(format!("there is no column {}", column.name))),
            };
            rows.iter_mut().for_each(|row| row.push(before.clone()));
            continue;
        };
        let (values, levels) = read_column(group.get_column_reader(number)?, count, column.kind)?;
        let mut values = values.into_iter();
        for (at, row) in rows.iter_mut().enumerate() {
            let there = !column.optional || levels.get(at) == Some(&1);
            let value = if there { values.next() } else { Some(Value::Null) };
            row.push(value.ok_or_else(|| ParquetError::General(format!("{} is too short", column.name)))?);
        }
    }
    Ok(rows)
}

fn read_column(
    reader: ColumnReader,
    count: usize,
    kind: Kind,
) -> parquet::errors::Result<(Vec<Value>, Vec<i16>)> {
    let mut levels = Vec::new();
    let of = |bytes: ByteArray| match kind {
        Kind::Bytes => Ok(Value::Bytes(bytes.data().to_vec())),
        _ => Ok::<_, ParquetError>(Value::Text(bytes.as_utf8()?.to_owned())),
    };
    let values = match reader {
        ColumnReader::Int64ColumnReader(mut reader) => {
            let mut values = Vec::new();
            reader.read_records(count, Some(&mut levels), None, &mut values)?;
            values.into_iter().map(Value::Int).collect()
        }
        ColumnReader::BoolColumnReader(mut reader) => {
            let mut values = Vec::new();
            reader.read_records(count, Some(&mut levels), None, &mut values)?;
            values.into_iter().map(Value::Bool).collect()
        }
        ColumnReader::ByteArrayColumnReader(mut reader) => {
            let mut values = Vec::new();
            reader.read_records(count, Some(&mut levels), None, &mut values)?;
            values.into_iter().map(of).collect::<parquet::errors::Result<_>>()?
        }
        _ => return Err(ParquetError::General("a column of another kind".to_owned())),
    };
    Ok((values, levels))
}

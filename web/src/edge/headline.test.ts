import { afterEach, expect, test } from 'vitest'

import { language, switchLanguage } from '../i18n'
import { nowMs, statusWith, uplinkWith } from './fixtures'
import { sentences } from './headline'
import type { Status } from './types'

const texts = (status: Status): string[] => sentences(status, nowMs).map(({ text }) => text)

afterEach(() => {
  if (language.value === 'en') switchLanguage()
})

test('when nothing is wrong, that is said, and of how many', () => {
  expect(sentences(statusWith(), nowMs)).toEqual([
    { about: 'good', tone: 'good', text: '一切正常：湖州平台已连上，没有积压，没有拒收' },
  ])
  const two = statusWith({ uplinks: [uplinkWith(), uplinkWith({ name: 'ningbo-main', standard: 'ningbo' })] })
  expect(texts(two)).toEqual(['一切正常：2 个平台都已连上，没有积压，没有拒收'])
})

test('a platform that is down is told with what waits for it and since when', () => {
  const down = uplinkWith({ state: 'down', why: 'connection refused', backlog: 312, oldest_waiting: '2026-04-01T08:12:04+08:00' })
  const status = statusWith({ uplinks: [down] })
  expect(texts(status)).toEqual(['无法连接湖州平台，已积压 312 条，最早 08:12；本地已保存，恢复后自动补传'])
  switchLanguage()
  expect(texts(status)).toEqual([
    'Huzhou cannot be reached; 312 reports waiting, the oldest from 08:12. They are kept here and sent once it is back',
  ])
})

test('a refused account comes with the platform’s words and asks for the settings to be checked', () => {
  const refused = uplinkWith({ state: 'refused', why: '1003 签名错误', backlog: 1_200, oldest_waiting: '2026-03-30T23:50:00+08:00' })
  expect(texts(statusWith({ uplinks: [refused] }))).toEqual([
    '湖州平台不接受本网关的账号（1003 签名错误），已积压 1,200 条，最早 03/30 23:50；本地已保存；请核对 edge.toml 的账号、密钥与停车场编号',
  ])
})

test('a setting that is wrong is no refusal of the platform’s', () => {
  const wrong = uplinkWith({
    state: 'refused', setting: 'lot_id', why: 'lot_id：应为 12 位数字', mend: { zh: '请修改 edge.toml 的 lot_id', en: 'mend lot_id in edge.toml' },
  })
  expect(texts(statusWith({ uplinks: [wrong] }))).toEqual([
    '湖州平台：edge.toml 的设置有误（lot_id：应为 12 位数字）；请修改 edge.toml 的 lot_id；新记录先保存在本地',
  ])
})

test('what went in a moment ago is no backlog; what waits for longer than a minute is', () => {
  const fresh = uplinkWith({ backlog: 2, in_flight: 2, oldest_waiting: '2026-04-01T08:15:10+08:00' })
  expect(sentences(statusWith({ uplinks: [fresh] }), nowMs)[0]?.tone).toBe('good')
  const old = uplinkWith({ backlog: 40, oldest_waiting: '2026-04-01T07:00:00+08:00' })
  expect(texts(statusWith({ uplinks: [old] }))).toEqual(['湖州平台正在补传，还剩 40 条，最早 07:00'])
})

test('the worst is said first', () => {
  const status = statusWith({
    disk: { ...statusWith().disk, state: 'photos-going', damaged: 2 },
    uplinks: [uplinkWith({ dead_letters: 3 }), uplinkWith({ name: 'isp', standard: 'isp', state: 'down' })],
  })
  expect(sentences(status, nowMs).map(({ tone, about }) => [tone, about])).toEqual([
    ['alarm', 'down isp'], ['warn', 'disk photos-going'], ['warn', 'damaged'], ['warn', 'letters huzhou'],
  ])
})

test('a full disk is never said to keep what comes', () => {
  const disk = { ...statusWith().disk, state: 'full' as const, why: 'ENOSPC' }
  expect(texts(statusWith({ disk, uplinks: [uplinkWith({ state: 'down' })] }))).toEqual([
    '磁盘已满：新记录无法保存，请立即清理磁盘（ENOSPC）', '无法连接湖州平台',
  ])
})

test('a clock that drifts is told once: by the gateway, or from its measure', () => {
  const clock = { offset_ms: -75_000, measured_at: '2026-04-01T08:15:00+08:00', drifting: false }
  const uplinks = [uplinkWith({ clock })]
  expect(texts(statusWith({ uplinks }))).toEqual(['本机时钟与湖州平台相差 75 秒，请校准本机时间'])
  const warnings = [{ code: 'clock-drift', uplink: 'huzhou', zh: '时钟偏了', en: 'The clock is off' }]
  expect(texts(statusWith({ uplinks, warnings }))).toEqual(['时钟偏了'])
  switchLanguage()
  expect(texts(statusWith({ uplinks, warnings }))).toEqual(['The clock is off'])
})

test('without a platform that is what is wrong', () => {
  expect(sentences(statusWith({ uplinks: [] }), nowMs).map(({ tone }) => tone)).toEqual(['warn'])
})

test('each fault is said once, and what was never sent is no refusal', () => {
  const warnings = [
    { code: 'down', uplink: 'huzhou', zh: 'huzhou：无法连接平台（连接被拒绝）', en: '' },
    { code: 'rejected-file', uplink: null, file: 'a.csv', zh: 'CSV 文件 a.csv 有 3 行未接收', en: '' },
  ]
  const uplinks = [uplinkWith({ state: 'down', why: '连接被拒绝', dead_letters: 3, not_sent: 2 })]
  expect(texts(statusWith({ warnings, uplinks }))).toEqual([
    expect.stringContaining('无法连接湖州平台'), 'CSV 文件 a.csv 有 3 行未接收',
    '湖州平台拒收 1 条，需人工处理后重传', '2 条记录无法按湖州平台的标准上报，请补全后重传',
  ])
})

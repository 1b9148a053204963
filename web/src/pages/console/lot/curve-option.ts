import type { EChartsCoreOption } from 'echarts/core'

import { t } from '../../../i18n/lots'
import { colour } from '../../../ui/theme'
import { hourAndMinute, moment } from '../../../time/clock'
import { axisEnd, axisTop, signed, type Curves, type Mark } from './counts'

interface Hovered {
  axisValue?: number
  seriesName?: string
  marker?: unknown
  value?: unknown
}

function line(name: string, data: Curves['reported'], shade: string, more: object = {}): object {
  return {
    type: 'line', step: 'end', name, data, showSymbol: false, color: shade,
    lineStyle: { width: 2 }, emphasis: { disabled: true }, ...more,
  }
}

/** On the time line, whatever was counted then: a line without a line. */
const markLine = (marks: readonly Mark[]): object => ({
  type: 'line', name: t('curve.marks'), data: marks.map(({ at, words }) => [Date.parse(at), 0, words]), color: colour('alarm'),
  lineStyle: { width: 0 }, showSymbol: true, showAllSymbol: true, symbol: 'triangle', symbolSize: 9, emphasis: { disabled: true }, z: 4,
})

function tip(hovered: Hovered[]): HTMLElement {
  // Built as elements, never as HTML text: nothing that was reported is read as markup.
  const box = document.createElement('div')
  const head = document.createElement('div')
  head.textContent = moment(new Date(hovered[0]?.axisValue ?? 0).toISOString())
  box.append(head)
  for (const { seriesName, value } of hovered) {
    const [, number = null, words] = Array.isArray(value) ? value as [number, number | null, string?] : []
    if (number == null) continue
    const row = document.createElement('div')
    const isDifference = seriesName === t('curve.differenceShort')
    row.textContent = `${seriesName}: ${words ?? (isDifference ? signed(number) : number)}`
    box.append(row)
  }
  return box
}

/** Two stepped curves above, with marks on their time line; their difference as an area of its own below. */
export function curveOption(curves: Curves, total: number, from: Date, until: Date, marks: readonly Mark[] = []): EChartsCoreOption {
  const ink = colour('ink-soft')
  const grid = { lineStyle: { color: colour('line') } }
  const time = {
    type: 'time', min: from.getTime(), max: until.getTime(),
    axisLine: { lineStyle: { color: colour('line-strong') } }, axisTick: { show: false }, splitLine: { show: false },
  }
  const hours = {
    color: ink, hideOverlap: true, formatter: (at: number) => hourAndMinute(new Date(at).toISOString()),
  }
  const shade = colour('curve-difference')
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    aria: { enabled: false },
    legend: {
      top: 0, left: 0, itemWidth: 18, itemHeight: 3, icon: 'rect', textStyle: { color: colour('ink') },
      data: [t('curve.reported'), t('curve.derived'), t('curve.differenceShort'), ...(marks.length > 0 ? [t('curve.marks')] : [])],
    },
    tooltip: {
      trigger: 'axis', confine: true, formatter: tip, backgroundColor: colour('panel'), borderColor: colour('line-strong'),
      textStyle: { color: colour('ink'), fontSize: 12 },
      axisPointer: { type: 'line', lineStyle: { color: colour('line-strong') } },
    },
    axisPointer: { link: [{ xAxisIndex: 'all' }] },
    grid: [
      { left: 44, right: 14, top: 32, height: 176 },
      { left: 44, right: 14, top: 232, height: 66 },
    ],
    xAxis: [
      { ...time, gridIndex: 0, axisLabel: { show: false } },
      { ...time, gridIndex: 1, axisLabel: hours, axisLine: { ...time.axisLine, onZero: false } },
    ],
    yAxis: [
      {
        type: 'value', gridIndex: 0, min: 0, max: (range: { max: number }) => axisTop(range.max, total),
        minInterval: 1, splitNumber: 4, axisLabel: { color: ink, showMaxLabel: false }, splitLine: grid,
      },
      {
        type: 'value', gridIndex: 1, minInterval: 1, splitNumber: 2, splitLine: grid,
        min: (range: { min: number }) => axisEnd(range.min, total), max: (range: { max: number }) => axisEnd(range.max, total),
        axisLabel: { color: ink, formatter: (difference: number) => signed(difference) },
      },
    ],
    series: [
      line(t('curve.reported'), curves.reported, colour('curve-reported')),
      line(t('curve.derived'), curves.derived, colour('curve-derived'), { lineStyle: { width: 2, type: [6, 3] } }),
      line(t('curve.differenceShort'), curves.difference, shade, {
        xAxisIndex: 1, yAxisIndex: 1, lineStyle: { width: 1 }, areaStyle: { color: shade, opacity: 0.3 },
      }),
      ...(marks.length > 0 ? [markLine(marks)] : []),
    ],
  }
}

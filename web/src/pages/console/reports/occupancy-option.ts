import type { EChartsCoreOption } from 'echarts/core'

import { t } from '../../../i18n/reports'
import { colour } from '../../../ui/theme'
import { percent } from '../rates/figures'

export type Shares = readonly (number | null)[]

interface Hovered {
  axisValue?: string
  seriesName?: string
  value?: unknown
}

function tip(hovered: Hovered[]): HTMLElement {
  // Built as elements, never as HTML text: nothing that was reported is read as markup.
  const box = document.createElement('div')
  const rows = [hovered[0]?.axisValue ?? '', ...hovered.map(({ seriesName, value }) => `${seriesName}: ${typeof value === 'number' ? percent(value) : t('common.none')}`)]
  for (const words of rows) box.append(Object.assign(document.createElement('div'), { textContent: words }))
  return box
}

/** This period against the one before: they differ in fill and dashes too, not in colour alone. */
export function occupancyOption(labels: readonly string[], now: Shares, before: Shares, kind: 'line' | 'bar'): EChartsCoreOption {
  const [this_, former] = [t('report.now'), t('report.before')]
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    aria: { enabled: false },
    legend: { top: 0, left: 0, itemWidth: 22, itemHeight: 8, textStyle: { color: colour('ink') }, data: [this_, former] },
    tooltip: {
      trigger: 'axis', confine: true, formatter: tip, backgroundColor: colour('panel'), borderColor: colour('line-strong'),
      textStyle: { color: colour('ink'), fontSize: 12 }, axisPointer: { type: 'line', lineStyle: { color: colour('line-strong') } },
    },
    grid: { left: 44, right: 10, top: 34, bottom: 24 },
    xAxis: { type: 'category', data: labels, axisLine: { lineStyle: { color: colour('line-strong') } }, axisTick: { show: false }, axisLabel: { color: colour('ink-soft') } },
    yAxis: { type: 'value', min: 0, splitNumber: 4, axisLabel: { color: colour('ink-soft'), formatter: (value: number) => `${Math.round(value * 100)}%` }, splitLine: { lineStyle: { color: colour('line') } } },
    series: [
      { type: kind, name: this_, data: now, color: colour('curve-reported'), symbol: 'circle', symbolSize: 5, lineStyle: { width: 2 }, barMaxWidth: 26, emphasis: { disabled: true } },
      {
        type: kind, name: former, data: before, color: colour('curve-derived'), symbol: 'rect', symbolSize: 5, lineStyle: { width: 2, type: 'dashed' }, barMaxWidth: 26,
        itemStyle: kind === 'bar' ? { color: 'transparent', borderColor: colour('curve-derived'), borderWidth: 2, borderType: 'dashed' } : {}, emphasis: { disabled: true },
      },
    ],
  }
}

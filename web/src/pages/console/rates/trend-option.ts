import type { EChartsCoreOption } from 'echarts/core'

import { rateNames, type RateName, type RateRow } from '../../../api/supervision'
import { t } from '../../../i18n/supervision'
import { colour } from '../../../ui/theme'
import { percent } from './figures'

/** Lines differ in their marks and dashes too, not in colour alone. */
const looks: Record<RateName, { shade: string; symbol: string; type: 'solid' | 'dashed' | 'dotted' }> = {
  online: { shade: 'curve-reported', symbol: 'circle', type: 'solid' },
  timeliness: { shade: 'curve-derived', symbol: 'rect', type: 'solid' },
  completeness: { shade: 'curve-difference', symbol: 'triangle', type: 'solid' },
  photos: { shade: 'good', symbol: 'diamond', type: 'dashed' },
  balance: { shade: 'warn', symbol: 'circle', type: 'dashed' },
  vacancy: { shade: 'ink-soft', symbol: 'rect', type: 'dotted' },
  base_data: { shade: 'ink', symbol: 'triangle', type: 'dotted' },
}

export const periodOf = ({ day, month }: RateRow): string => day ?? month ?? ''

interface Hovered {
  axisValue?: string
  seriesName?: string
  value?: unknown
}

function tip(hovered: Hovered[]): HTMLElement {
  // Built as elements, never as HTML text: nothing that was reported is read as markup.
  const box = document.createElement('div')
  const rows = [hovered[0]?.axisValue ?? '', ...hovered.map(({ seriesName, value }) => `${seriesName}: ${typeof value === 'number' ? percent(value) : t('rates.unscored')}`)]
  for (const words of rows) box.append(Object.assign(document.createElement('div'), { textContent: words }))
  return box
}

/** The rates over their periods, the oldest first; where one is not scored its line is broken. */
export function trendOption(rows: readonly RateRow[], shown: readonly RateName[]): EChartsCoreOption {
  const values = rows.flatMap((row) => shown.flatMap((name) => row[name].rate ?? []))
  return {
    animation: false,
    textStyle: { fontFamily: 'inherit' },
    aria: { enabled: false },
    legend: { top: 0, left: 0, itemWidth: 22, itemHeight: 8, textStyle: { color: colour('ink') }, data: rateNames.map((name) => t(`rateName.${name}`)), selected: Object.fromEntries(rateNames.map((name) => [t(`rateName.${name}`), shown.includes(name)])) },
    tooltip: {
      trigger: 'axis', confine: true, formatter: tip, backgroundColor: colour('panel'), borderColor: colour('line-strong'),
      textStyle: { color: colour('ink'), fontSize: 12 }, axisPointer: { type: 'line', lineStyle: { color: colour('line-strong') } },
    },
    grid: { left: 48, right: 14, top: 58, bottom: 26 },
    xAxis: { type: 'category', data: rows.map((row) => periodOf(row)), axisLine: { lineStyle: { color: colour('line-strong') } }, axisTick: { show: false }, axisLabel: { color: colour('ink-soft'), formatter: (period: string) => period.slice(period.length > 7 ? 5 : 2) } },
    yAxis: {
      type: 'value', max: 1, min: Math.floor(Math.min(0.9, ...values) * 10) / 10, splitNumber: 4,
      axisLabel: { color: colour('ink-soft'), formatter: (value: number) => `${Math.round(value * 100)}%` }, splitLine: { lineStyle: { color: colour('line') } },
    },
    series: rateNames.map((name) => ({
      type: 'line', name: t(`rateName.${name}`), data: rows.map((row) => row[name].rate), color: colour(looks[name].shade), symbol: looks[name].symbol, symbolSize: 6,
      showAllSymbol: false, lineStyle: { width: 2, type: looks[name].type }, emphasis: { disabled: true },
    })),
  }
}

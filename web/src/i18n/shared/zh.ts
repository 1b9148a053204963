export const zh = {
  common: {
    language: 'English',
    languageLabel: '切换到英文',
    skip: '跳到正文',
    close: '关闭',
    cancel: '取消',
    loadMore: '加载更多',
    loading: '正在读取…',
    retry: '重试',
    none: '—',
  },
  plate: {
    none: '无牌车',
  },
  time: {
    minutes: '{n} 分钟',
    hours: '{h} 小时 {m} 分',
    days: '{d} 天 {h} 小时',
    wait: '{m} 分 {s} 秒',
    waitSeconds: '{s} 秒',
  },
}

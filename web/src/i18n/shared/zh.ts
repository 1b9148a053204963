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
  notLoaded: {
    title: '这部分内容未能加载',
    hint: '网络可能已中断，或系统刚刚升级：请重新载入页面。',
    reload: '重新载入',
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

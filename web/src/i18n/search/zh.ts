export const zh = {
  search: {
    label: '查找停车场、接入单位、登记申请、记录号',
    placeholder: '查找停车场、单位、记录号',
    lots: '停车场',
    providers: '接入单位',
    registrations: '登记申请',
    records: '停车记录',
    nothing: '没有找到。车牌请在停车场页“按完整车牌查找”。',
    failed: '暂时无法查询，请稍后再试。',
  },
}

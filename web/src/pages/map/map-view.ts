import 'maplibre-gl/dist/maplibre-gl.css'

import { Map as MapView, setWorkerUrl, type MapOptions } from 'maplibre-gl'
// The worker as a file of this site: the server's Content-Security-Policy lets no other run.
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'

import { drawMark } from './marks'

setWorkerUrl(workerUrl)

/** A map that lies flat and stays upright, with the marks that are drawn here. */
export function newMapView(options: MapOptions): MapView {
  const map = new MapView({ minZoom: 6, dragRotate: false, pitchWithRotate: false, attributionControl: false, ...options })
  map.touchZoomRotate.disableRotation()
  map.setMissingStyleImageResolver((id) => {
    const mark = drawMark(id)
    if (mark && !map.hasImage(id)) map.addImage(id, mark.image, { pixelRatio: mark.pixelRatio })
  })
  return map
}

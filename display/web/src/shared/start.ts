import { createApp, type Component } from 'vue'
import { takeFragment } from './session'
import './style.css'

/** start reads the fragment, forgets it from the address, and shows the screen. */
export function start(app: Component, screen: string): void {
  takeFragment(screen)
  createApp(app).mount('#app')
}

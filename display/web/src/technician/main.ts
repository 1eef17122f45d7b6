import { start } from '../shared/start'
import App from './App.vue'

start(App, 'technician')
